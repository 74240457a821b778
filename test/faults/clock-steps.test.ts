import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keptIds, startChildAgent } from '../support/child-agent.ts';
import { FakeServer, type LedgerLine } from '../support/fake-server.ts';
import { until } from '../support/program.ts';
import { steppedClock, timeLapseUnavailable } from '../support/time-lapse.ts';

const unavailable = timeLapseUnavailable();
if (unavailable !== null) console.info(`skipped: agents whose clocks are stepped: ${unavailable}`);

const HOUR_MS = 3_600_000;
const JOBS = 3;
const INTERVAL_MS = 1000;
/** Results of each clock that are waited for. */
const RESULTS = 4 * JOBS;

test.skipIf(unavailable !== null).each([
  ['ahead', HOUR_MS],
  ['back', -HOUR_MS],
])(
  "an agent whose clock is stepped an hour %s goes on by the server's clock: no burst, nothing missing without a word",
  { timeout: 120_000 },
  async (_, stepMs) => {
    const directory = await mkdtemp(join(tmpdir(), 'tacho-clock-'));
    await using ending = new AsyncDisposableStack();
    ending.defer(() => rm(directory, { recursive: true, force: true }));
    const file = join(directory, 'clock');
    const setClock = async (aheadMs: number): Promise<void> => {
      // Whole at once: it is read at every look at the clock.
      await writeFile(`${file}.new`, `${aheadMs < 0 ? '-' : '+'}${Math.abs(aheadMs) / 1000}\n`);
      await rename(`${file}.new`, file);
    };
    await setClock(0);
    const server = await new FakeServer({ heartbeatMs: 200 }).start();
    ending.defer(() => server.stop());
    const agent = startChildAgent({ server: server.url, dir: join(directory, 'agent'), token: 'enrol-me', env: steppedClock(file) });
    ending.defer(() => agent.end());
    await until('the agent', () => server.connected === 1);
    const since = Date.now();
    server.setSchedule(
      Array.from({ length: JOBS }, (_job, i) => ({
        ...{ job_id: i + 1, job: `job-${i + 1}`, revision: 1, kind: 'ping', made_at: since, spec: {} },
        timetable: { intervalMs: INTERVAL_MS, cron: null, timeZone: 'UTC', windows: [], since, until: null },
        destination: { id: i + 1, name: `target-${i + 1}`, host: '127.0.0.1' },
      })),
    );
    const measured = (): LedgerLine[] => server.ledger.filter(({ result }) => result.status !== 'skipped');
    /** Waits for results that say the offset, so that the agent has noticed; answers how many came until then. */
    const goOn = async (offsetMs: number): Promise<void> => {
      const knows = (): LedgerLine[] => measured().filter(({ result }) => Math.abs((result.clock_offset_ms ?? Infinity) - offsetMs) < 30_000);
      const before = knows().length;
      await until(`results with an offset of ${offsetMs} ms`, () => knows().length >= before + RESULTS, 60_000);
    };
    await goOn(0);
    await setClock(stepMs);
    await goOn(stepMs);
    await setClock(0);
    await goOn(0);
    const tookMs = Date.now() - since;
    await agent.end('SIGTERM');
    await until('everything it kept', () => server.ledger.length === keptIds(agent).length);

    const all = measured();
    const skips = server.ledger.filter(({ result }) => result.status === 'skipped');
    // It really happened: instants of its own clock are an hour off.
    expect(all.some(({ result }) => Math.abs(result.started_at - (since + stepMs)) < tookMs + 1000)).toBe(true);
    // One run a second and job; an hour has 3,600.
    expect(all.length, 'no burst').toBeLessThanOrEqual(JOBS * (Math.ceil(tookMs / INTERVAL_MS) + 1));
    // And no gap but what was said, which is what a busy machine did not manage, and nothing like an hour.
    const said = skips.reduce((sum, { result }) => sum + Number(result.details['missed'] ?? 1), 0);
    expect(all.length + said, 'runs and recorded gaps').toBeGreaterThanOrEqual(JOBS * (Math.floor(tookMs / INTERVAL_MS) - 2));
    expect(all.length + said, 'runs and recorded gaps').toBeLessThanOrEqual(JOBS * (Math.ceil(tookMs / INTERVAL_MS) + 1));
    const corrected = server.ledger.map(({ result }) => result.started_at - (result.clock_offset_ms ?? 0));
    const wrong = corrected.filter((at) => at < since - 1000 || at > since + tookMs + 1000);
    console.info(
      `${all.length} measured in ${tookMs} ms, ${wrong.length} with an instant that is wrong after the correction; ` +
        `skipped: ${skips.map(({ result }) => `${result.failure?.code ?? ''} ${Number(result.details['missed'] ?? 1)}`).join(', ')}`,
    );
    expect(wrong).toEqual([]);
    // Each planned second once: what was planned before a step is not measured again after it.
    const runs = all.map(({ result }) => result.run);
    expect(new Set(runs).size).toBe(runs.length);
    expect(new Set(server.ledger.map(({ result }) => result.id)).size).toBe(server.ledger.length);
  },
);
