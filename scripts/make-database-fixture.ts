import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { destinationInput } from '../src/model/destination.ts';
import { jobInput } from '../src/model/job.ts';
import { timetableOf } from '../src/model/timetable/timetable.ts';
import { openSqliteControlStore } from '../src/store/control/open.ts';
import { openDuckdbResultsStore } from '../src/store/results/duckdb/duckdb-results-store.ts';
import type { ResultRow } from '../src/store/results/results-store.ts';
import { seededRandom } from '../src/util/random.ts';
import { systemClock } from '../src/util/clock.ts';

// Writes both databases as this version makes them to test/fixtures/databases/NAME: later versions must open them.
// usage: node scripts/make-database-fixture.ts NAME

const START = Date.UTC(2026, 10, 22, 10);
const name = process.argv[2];
if (name === undefined) throw new Error('usage: node scripts/make-database-fixture.ts NAME');
const target = join(import.meta.dirname, '../test/fixtures/databases', name);
const directory = mkdtempSync(join(tmpdir(), 'tacho-fixture-'));
const clock = { ...systemClock, now: () => START };
const random = seededRandom(7);

const control = await openSqliteControlStore({ path: join(directory, 'control.sqlite'), clock });
const agents = [
  await control.agents.create({ name: 'berlin', labels: { site: 'berlin' }, external: false, version: '0.1.0', platform: 'linux' }),
  await control.agents.create({ name: 'posted', labels: {}, external: true }),
];
const gateway = await control.destinations.create(destinationInput.parse({ name: 'gateway', host: '192.0.2.1', tags: ['default'] }));
const page = await control.destinations.create(destinationInput.parse({ name: 'page', host: 'https://example.org/' }));
const job = await control.jobs.create(jobInput.parse({ name: 'reach', interval: 60, kinds: ['ping', 'http'], destinations: ['gateway', 'page'] }));
const gone = await control.destinations.create(destinationInput.parse({ name: 'gone' }));
await control.destinations.remove(gone.id);
const office = await control.jobs.create(
  jobInput.parse({
    ...{ name: 'office', cron: '*/15 * * * *', time_zone: 'Europe/Berlin', windows: [{ days: ['mon', 'fri'], from: '09:00', to: '17:00' }] },
    ...{ kinds: ['ping'], mesh: { type: 'full' }, budget_mb_per_day: 5, start_time: '2026-12-01T00:00:00Z' },
  }),
  { declaredBy: 'config.yaml' },
);
const series = { jobId: office.id, revision: 1, agentId: 1, destinationId: gateway.id, kind: 'ping' };
await control.planLedger.change({ at: START, ended: [], begun: [{ ...series, timetable: timetableOf(office) }] });
await control.leases.put({ key: '1/lease', lease: { kind: 'throughput' }, expiresAt: START + 60_000 });
await control.breakerTransitions.add([{ agentId: 1, destinationId: gateway.id, at: START, from: 'closed', to: 'open', reason: 'five runs failed' }]);
await control.tokens.create({ name: 'first-start', hash: createHash('sha256').update('fixture').digest('hex'), scopes: ['admin'] });
await control.close();

const rows: ResultRow[] = Array.from({ length: 300 }, (_, i) => {
  const failed = i % 10 === 9;
  const ping = i % 2 === 0;
  return {
    id: `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
    run: i % 3 === 0 ? null : `j1.1-a1-d1-ping-${START + i * 1000}`,
    plannedAt: i % 3 === 0 ? null : START + i * 1000,
    startedAt: START + i * 1000,
    durationMs: i % 7 === 0 ? null : Math.round(random() * 5000),
    clockOffsetMs: i % 5 === 0 ? null : 3,
    kind: ping ? 'ping' : 'http',
    agentId: agents[i % 2]?.id ?? 1,
    destinationId: ping ? gateway.id : page.id,
    jobId: i % 4 === 0 ? null : job.id,
    status: failed ? 'failed' : 'success',
    failure: failed ? { source: 'network', code: 'unreachable', message: 'no route' } : null,
    metrics: failed ? {} : ping ? { rtt_avg_ms: 10 + random(), packet_loss_pct: 0 } : { total_ms: 100 + random(), status_code: 200 },
    labels: i % 6 === 0 ? { isp: 'ExampleNet' } : {},
    details: i % 8 === 0 ? { replies: [{ seq: 1, rtt_ms: 1.5 }] } : {},
  };
});
const results = await openDuckdbResultsStore({ path: join(directory, 'results.duckdb'), clock });
const spooled = rows.slice(0, 200);
await results.appendSpool({ agentId: agents[0]?.id ?? 1, epoch: 'fixture', rows: spooled, seqs: spooled.map((_, i) => i + 1), through: 200 });
await results.appendForeign({ rows: rows.slice(200) });
await results.close();

mkdirSync(target, { recursive: true });
for (const file of ['control.sqlite', 'results.duckdb'])
  writeFileSync(join(target, `${file}.gz`), gzipSync(readFileSync(join(directory, file)), { level: 9 }));
writeFileSync(join(target, 'results.json.gz'), gzipSync(JSON.stringify(rows), { level: 9 }));
rmSync(directory, { recursive: true });
