import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { runId } from '../../src/model/run.ts';
import { plannedBetween, timetableOf } from '../../src/model/timetable/timetable.ts';
import { readSpool } from '../support/agent-program.ts';
import { Api, overFreshConnections } from '../support/api.ts';
import { arrivalOrder } from '../support/arrival-order.ts';
import { keptIds, startChildAgent } from '../support/child-agent.ts';
import { until } from '../support/program.ts';
import { startRelay } from '../support/relay.ts';
import { startServerProgram, tokenOf } from '../support/server-program.ts';
import { timeLapse, timeLapseUnavailable } from '../support/time-lapse.ts';

const unavailable = timeLapseUnavailable();
if (unavailable !== null) console.info(`skipped: a server that is away for a day: ${unavailable}`);

/** A day takes six minutes. A run may start 30 s late, of which 125 ms are left: the machine's own pauses. */
const SPEED = 240;
const DAY_MS = 86_400_000;
const INTERVAL_S = 300;
const DESTINATIONS = 3;

test.skipIf(unavailable !== null)(
  'an agent whose server is away for a day delivers every run of that day afterwards, in order and once',
  { timeout: 900_000 },
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tacho-day-'));
    const data = join(directory, 'server');
    const dir = join(directory, 'agent');
    await using ending = new AsyncDisposableStack();
    ending.defer(() => rm(directory, { recursive: true, force: true }));
    // A minute of its clock is a quarter of a second.
    const env = { ...timeLapse(SPEED), TACHO_HEARTBEAT_MS: '120000' };
    const server = startServerProgram({ data, env });
    ending.defer(() => server.end());
    const url = await server.ready;
    const relay = await startRelay(Number(new URL(url).port));
    ending.use(relay);
    const api = new Api(url, tokenOf(data), overFreshConnections);
    const token = await api.enrolmentToken('day');
    const agent = startChildAgent({ server: relay.url, dir, token, env });
    ending.defer(() => agent.end());
    const destinations = Array.from({ length: DESTINATIONS }, (_, i) => `target-${i + 1}`);
    for (const name of destinations) await api.created('/api/destinations', { name, host: '127.0.0.1' });
    await until('the agent', async () => (await api.all('/api/agents')).some(({ state }) => state === 'online'));
    const job = await api.created('/api/jobs', { name: 'all day', interval: INTERVAL_S, kinds: ['ping'], destinations });
    await until('first results', async () => (await api.all('/api/results')).length >= DESTINATIONS);

    const now = async (): Promise<number> => {
      const { body } = await api.get('/api/health');
      return Date.parse(body.started_at) + body.uptime_s * 1000;
    };
    // The half interval after a job's first run holds no other: the day is to hold as many as every day does.
    await until('the first interval', async () => (await now()) >= Date.parse(job.since) + INTERVAL_S * 1000);
    relay.cut();
    const from = await now();
    const before = (await api.all('/api/results')).length;
    await until('a day', async () => (await now()) >= from + DAY_MS + 2 * INTERVAL_S * 1000, (2 * DAY_MS) / SPEED);
    expect(await api.all('/api/results'), 'nothing arrives while the server is away').toHaveLength(before);
    expect(relay.refused, 'connections the agent tried meanwhile').toBeGreaterThan(10);
    process.kill(agent.pid, 'SIGSTOP');
    await sleep(20);
    const { pending } = await readSpool(dir);
    process.kill(agent.pid, 'SIGCONT');
    relay.restore();
    expect((await api.post(`/api/jobs/${job.id}/stop`, {})).status).toBe(200);
    await until(
      'the spool is empty',
      async () => (await api.all('/api/agents')).every(({ state, spool }) => state === 'online' && spool.pending === 0),
      60_000,
    );
    await agent.end('SIGTERM');

    const stored = await api.all('/api/results');
    const [{ id: agentId }] = (await api.all('/api/agents')) as [{ id: number }];
    await server.end('SIGTERM');
    const ids = stored.map(({ id }) => id as string);
    expect(new Set(ids).size, 'distinct results').toBe(ids.length);
    expect([...ids].sort(), 'exactly what the agent kept').toEqual(keptIds(agent).sort());
    // The API lists newest first; rows lie in the file as they were written, and the agent says what it kept in the order of its numbers.
    expect(await arrivalOrder(join(data, 'results.duckdb')), 'arrived in the order of the spool').toEqual(keptIds(agent));
    const { lastSeq, dropped, dead, pending: left } = await readSpool(dir);
    expect({ left: left.size, dropped, dead, lastSeq }).toEqual({ left: 0, dropped: 0, dead: 0, lastSeq: ids.length });

    const times = { interval: INTERVAL_S, cron: null, time_zone: 'UTC', windows: [], start_time: null, end_time: null, since: Date.parse(job.since) };
    const [planned, measured, skipped]: [string[], string[], string[]] = [[], [], []];
    for (const destinationId of new Set(stored.map(({ destination_id }) => destination_id as number))) {
      const series = { jobId: job.id as number, revision: job.revision as number, agentId, destinationId, kind: 'ping' };
      const reasons = stored.filter((one) => one.destination_id === destinationId && one.status === 'skipped');
      for (const at of plannedBetween(series, timetableOf(times), { from, to: from + DAY_MS })) {
        const id = runId(series, at);
        planned.push(id);
        const found = stored.filter(({ run, status }) => run === id && status !== 'skipped');
        expect(found.length, `results of ${id}`).toBeLessThanOrEqual(1);
        if (found.length === 1) measured.push(id);
        else if (reasons.some(({ planned_at, details }) => Date.parse(planned_at) <= at && at <= Date.parse(details.to ?? planned_at)))
          skipped.push(id);
      }
    }
    console.info(
      `${pending.size} results waited; of ${planned.length} runs planned for that day ${measured.length} measured once, ${skipped.length} skipped with a reason; ` +
        `${relay.refused} connections refused`,
    );
    expect(planned).toHaveLength((DESTINATIONS * DAY_MS) / 1000 / INTERVAL_S);
    expect(measured.length + skipped.length).toBe(planned.length);
    expect(measured.length).toBeGreaterThan(planned.length / 2);
    const order = [...pending].sort(([a], [b]) => a - b).map(([, id]) => id);
    expect(
      keptIds(agent).filter((id) => order.includes(id)),
      'numbered in the order in which they were kept',
    ).toEqual(order);
  },
);
