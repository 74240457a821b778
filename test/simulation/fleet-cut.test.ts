import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { runId, type PlannedSeries } from '../../src/model/run.ts';
import { plannedBetween, timetableOf } from '../../src/model/timetable/timetable.ts';
import { readSpool } from '../support/agent-program.ts';
import type { Api, ApiAnswer } from '../support/api.ts';
import { arrivalOrder } from '../support/arrival-order.ts';
import { namespacesUnavailable } from '../support/namespaces.ts';
import { until } from '../support/program.ts';
import { timeLapse, timeLapseUnavailable } from '../support/time-lapse.ts';
import { INTERVAL_S, startFleet, type FleetAgent, type PingJob } from './fleet.ts';

const unavailable = namespacesUnavailable() ?? timeLapseUnavailable();
if (unavailable !== null) console.info(`skipped: a server that is cut off: ${unavailable}`);

/** An hour takes a minute: the long form's. The short one is cut off for twenty of its minutes. */
const SPEED = 60;
const CUT_MS = (process.env['TACHO_LONG'] ?? '') === '' ? 1_200_000 : 3_600_000;
const INTERVAL_MS = INTERVAL_S * 1000;
/** So long after its planned instant a run has certainly ended. */
const RUN_MS = 2 * INTERVAL_MS;
/** Tools start in real time, of which an agent's second leaves 17 ms: the run's own limit is to bear a busy machine. */
const PING = { count: 3, period_ms: 10, timeout_ms: 30_000 };

type Stored = ApiAnswer['body'];

describe.skipIf(unavailable !== null)(`three agents whose server is cut off for ${CUT_MS / 60_000} minutes`, () => {
  test('go on measuring, and every result arrives afterwards, in order and once', { timeout: 240_000 }, async () => {
    await using fleet = await startFleet(3);
    const { agents, api, serverNamespace } = fleet;
    // A heartbeat is half a second of real time.
    await fleet.restart({ ...timeLapse(SPEED), TACHO_HEARTBEAT_MS: '30000' });
    const jobs = await fleet.pingEachOther(PING);
    await until('results of every pair', async () => pairsOf(await api.all('/api/results')).size === 6);

    serverNamespace.cut();
    const from = await serverNow(api);
    const before = (await api.all('/api/results')).length;
    await until('the end of the cut', async () => (await serverNow(api)) >= from + CUT_MS + RUN_MS, (2 * CUT_MS) / SPEED);
    expect(await api.all('/api/results'), 'nothing arrives while the server is cut off').toHaveLength(before);
    expect((await api.all('/api/agents')).map(({ state }) => state)).toEqual(['offline', 'offline', 'offline']);
    const waiting = new Map<FleetAgent, ReadonlyMap<number, string>>();
    for (const agent of agents) waiting.set(agent, (await spoolOf(agent)).pending);
    serverNamespace.restore();
    await until('results that waited have arrived', async () => (await api.all('/api/results')).length > before);
    for (const { id } of jobs) expect((await api.post(`/api/jobs/${id}/stop`, {})).status).toBe(200);
    const stoppedAt = await serverNow(api);
    // Said after the last run had ended: what an agent said before does not count.
    await until('every spool is empty', async () =>
      (await api.all('/api/agents')).every(
        ({ state, spool, last_seen_at }) => state === 'online' && spool.pending === 0 && Date.parse(last_seen_at) > stoppedAt + RUN_MS,
      ),
    );
    await Promise.all(agents.map(({ program }) => program.end('SIGTERM')));
    const stored: Stored[] = await api.all('/api/results');
    await fleet.server.end('SIGTERM');

    const { expected, measured, skipped, missing } = account(jobs, stored, { from, to: from + CUT_MS });
    const late = [...waiting.values()].map(({ size }) => size);
    console.info(
      `cut off for more than ${CUT_MS / 1000} s of its clock; ${late.join(' + ')} results waited; ${stored.length - before} arrived after it; ` +
        `of ${expected} runs planned in that time ${measured} measured, ${skipped} skipped with a reason, ${missing.length} missing`,
    );
    // Where in its interval a series starts decides whether the cut holds one more or less of it.
    expect(Math.abs(expected - (6 * CUT_MS) / INTERVAL_MS)).toBeLessThanOrEqual(6);
    expect(missing).toEqual([]);
    expect(measured).toBeGreaterThan(expected / 2);
    expect(new Set(stored.map(({ id }) => id)).size, 'distinct results').toBe(stored.length);
    const arrival = await arrivalOrder(join(fleet.data, 'results.duckdb'));
    expect(arrival).toHaveLength(stored.length);
    for (const agent of agents) {
      const { pending, lastSeq, dropped, dead } = await readSpool(agent.dir);
      expect({ pending: pending.size, dropped, dead }).toEqual({ pending: 0, dropped: 0, dead: 0 });
      // Every number the spool gave is one result: none is missing, before, during and after the cut.
      expect(stored.filter(({ agent_id }) => agent_id === agent.id)).toHaveLength(lastSeq);
      const bySeq = [...(waiting.get(agent) ?? [])].sort(([a], [b]) => a - b).map(([, id]) => id);
      const ids = new Set(bySeq);
      expect(
        arrival.filter((id) => ids.has(id)),
        'arrived in the order of the spool',
      ).toEqual(bySeq);
    }
  });
});

function pairsOf(results: readonly Stored[]): Set<string> {
  return new Set(results.map(({ agent_id, destination_id }) => `${agent_id} to ${destination_id}`));
}

/** The server's clock: it runs faster than ours. */
async function serverNow(api: Api): Promise<number> {
  const { body } = await api.get('/api/health');
  return Date.parse(body.started_at) + body.uptime_s * 1000;
}

/** The spool of a running agent: it is stopped for the moment of the copy, so that the copy is of one instant. */
async function spoolOf({ program, dir }: FleetAgent): ReturnType<typeof readSpool> {
  process.kill(program.pid, 'SIGSTOP');
  try {
    // The signal is delivered at once, but a call in progress may still return.
    await sleep(20);
    return await readSpool(dir);
  } finally {
    process.kill(program.pid, 'SIGCONT');
  }
}

/** What became of every run that was planned in the span: measured once, or skipped with a reason. Others are missing. */
function account(jobs: readonly PingJob[], stored: readonly Stored[], { from, to }: { from: number; to: number }) {
  const byRun = Map.groupBy(
    stored.filter(({ run, status }) => run !== null && status !== 'skipped'),
    ({ run }) => run as string,
  );
  const missing: string[] = [];
  let [expected, measured, skipped] = [0, 0, 0];
  for (const job of jobs) {
    for (const { destinationId } of job.to) {
      const series: PlannedSeries = { jobId: job.id, revision: job.revision, agentId: job.from.id, destinationId, kind: 'ping' };
      const reasons = stored.filter((one) => one.status === 'skipped' && one.job_id === job.id && one.destination_id === destinationId);
      const times = { interval: INTERVAL_S, cron: null, time_zone: 'UTC', windows: [], start_time: null, end_time: null, since: job.since };
      for (const at of plannedBetween(series, timetableOf(times), { from, to })) {
        expected += 1;
        const runs = byRun.get(runId(series, at)) ?? [];
        expect(runs.length, `results of run ${runId(series, at)}`).toBeLessThanOrEqual(1);
        if (runs.length === 1) measured += 1;
        else if (reasons.some((reason) => covers(reason, at))) skipped += 1;
        else missing.push(runId(series, at));
      }
    }
  }
  return { expected, measured, skipped, missing };
}

/** Whether a skip stands for the run planned at this instant: its own, or one of a span of missed ones. */
function covers({ planned_at, details }: Stored, at: number): boolean {
  if (Date.parse(planned_at) === at) return true;
  return typeof details.from === 'string' && Date.parse(details.from) <= at && at <= Date.parse(details.to);
}
