import { groupMoments, mergeMoments, noMoments, type Moments } from '../../analytics/moments.ts';
import { speedtest } from '../../model/kinds/speedtest.ts';
import type { MachineSpeeds, SpeedSummary } from '../../model/speed-summary.ts';
import type { ResultsStore, Values } from '../../store/results/results-store.ts';
import type { Directory } from '../ingest/directory.ts';

const HOUR_MS = 3_600_000;
const METRICS = ['download_mbps', 'upload_mbps', 'ping_ms'] as const;

/** Results held in memory at once: about 10 MB. */
const PAGE = 250_000;

interface Machine {
  readonly agentId: number;
  tests: number;
  failed: number;
  lastTest: number;
  readonly moments: Record<(typeof METRICS)[number], Moments>;
}

export interface SummaryOptions {
  readonly results: Pick<ResultsStore, 'values'>;
  readonly directory: Pick<Directory, 'nameOf'>;
  /** Most results read at once. */
  readonly page?: number;
}

/** Every machine's speed tests between two instants, and the fleet's: means over tests, not over machines. */
export async function summariseSpeeds(from: number, to: number, { results, directory, page = PAGE }: SummaryOptions): Promise<SpeedSummary> {
  const machines = new Map<number, Machine>();
  for await (const values of pages({ from, to }, results, page)) addTests(machines, values);

  const items = await Promise.all([...machines.values()].map(async (machine) => describe(machine, await directory.nameOf('agent', machine.agentId))));
  items.sort((a, b) => (b.avg_download_mbps ?? -1) - (a.avg_download_mbps ?? -1) || (a.machine_id < b.machine_id ? -1 : 1));
  const all = [...machines.values()];
  const fleet = (metric: (typeof METRICS)[number]): Moments => all.reduce((sum, { moments }) => mergeMoments(sum, moments[metric]), noMoments);
  const [download, upload, ping] = [fleet('download_mbps'), fleet('upload_mbps'), fleet('ping_ms')];
  return {
    period_hours: (to - from) / HOUR_MS,
    start_time: from,
    end_time: to,
    test_count: all.reduce((sum, { tests }) => sum + tests, 0),
    failed_count: all.reduce((sum, { failed }) => sum + failed, 0),
    machine_count: all.length,
    avg_download_mbps: meanOf(download),
    avg_upload_mbps: meanOf(upload),
    avg_ping_ms: meanOf(ping),
    min_download_mbps: known(download.min),
    max_download_mbps: known(download.max),
    min_upload_mbps: known(upload.min),
    max_upload_mbps: known(upload.max),
    min_ping_ms: known(ping.min),
    max_ping_ms: known(ping.max),
    exact: true,
    machines: items,
  };
}

/** Tests by time, some at a time. What happened at the last instant of a page may go on in the next, so it is read with that one. */
async function* pages(range: { from: number; to: number }, results: SummaryOptions['results'], page: number): AsyncGenerator<Values> {
  let { from } = range;
  let limit = page;
  for (;;) {
    const values = await results.values({
      filter: { from, to: range.to, kinds: [speedtest.kind], statuses: ['success', 'failed', 'timeout'] },
      metrics: METRICS,
      limit,
    });
    if (values.complete) {
      yield values;
      return;
    }
    const last = values.startedAt.at(-1) ?? from;
    const end = values.startedAt.indexOf(last);
    if (end === 0) {
      // All of them at one instant: only a larger page gets beyond it.
      limit *= 2;
      continue;
    }
    yield {
      ...values,
      startedAt: values.startedAt.subarray(0, end),
      source: values.source.subarray(0, end),
      metrics: values.metrics.map((column) => column.subarray(0, end)),
    };
    from = last;
    limit = page;
  }
}

function addTests(machines: Map<number, Machine>, { startedAt, source, sources, status, metrics }: Values): void {
  /** Machines of this page, numbered as they come. */
  const touched = new Map<Machine, number>();
  const groupOfSource = sources.map(({ agentId }) => {
    let machine = machines.get(agentId);
    if (machine === undefined) {
      const moments = { download_mbps: noMoments, upload_mbps: noMoments, ping_ms: noMoments };
      machine = { agentId, tests: 0, failed: 0, lastTest: -Infinity, moments };
      machines.set(agentId, machine);
    }
    const group = touched.get(machine) ?? touched.size;
    touched.set(machine, group);
    return group;
  });
  const ofGroup = [...touched.keys()];
  /** The machine of each test that succeeded; none for the others, so that they are in no figure. */
  const groups = new Int32Array(startedAt.length).fill(-1);
  for (let i = 0; i < startedAt.length; i++) {
    const group = groupOfSource[source[i] ?? -1] ?? -1;
    const machine = ofGroup[group];
    if (machine === undefined) continue;
    machine.lastTest = Math.max(machine.lastTest, startedAt[i] ?? -Infinity);
    if (status[i] === 'success') {
      machine.tests++;
      groups[i] = group;
    } else machine.failed++;
  }
  for (const [index, name] of METRICS.entries()) {
    const found = groupMoments({ groups, values: metrics[index] ?? [], count: ofGroup.length });
    for (const [group, machine] of ofGroup.entries()) {
      machine.moments[name] = mergeMoments(machine.moments[name], found[group] ?? noMoments);
    }
  }
}

function describe({ agentId, tests, failed, lastTest, moments }: Machine, name: string): MachineSpeeds {
  return {
    machine_id: name,
    agent_id: agentId,
    test_count: tests,
    failed_count: failed,
    avg_download_mbps: meanOf(moments.download_mbps),
    avg_upload_mbps: meanOf(moments.upload_mbps),
    avg_ping_ms: meanOf(moments.ping_ms),
    last_test: lastTest,
  };
}

function meanOf({ count, mean }: Moments): number | null {
  return count === 0 ? null : mean;
}

function known(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
