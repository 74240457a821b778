import type { Agent } from '../../../src/model/agent.ts';
import type { Destination } from '../../../src/model/destination.ts';
import type { Job } from '../../../src/model/job.ts';
import { findKind } from '../../../src/model/kinds/index.ts';
import type { Result } from '../../../src/model/result.ts';
import { selectsAgent, selectsDestination } from '../../../src/model/selectors.ts';
import type { Pair } from '../api/queries.ts';
import { freshMs, isFresh, steadyInterval } from './freshness.ts';

export interface StandingFrom {
  readonly agents: readonly Agent[];
  readonly destinations: readonly Destination[];
  readonly jobs: readonly Job[];
  /** Newest first. */
  readonly results: readonly Result[];
}

/** What one agent last said of one kind at one destination; null where a job plans it and nothing is known. */
export interface Cell {
  readonly pair: Pair;
  readonly result: Result | null;
  /** What has it measured: of several jobs the one that runs most often. Null where none does: it was posted. */
  readonly plan: Plan | null;
}

export interface Plan {
  /** Null where a timetable makes pauses that are meant: nothing is overdue then. */
  readonly intervalS: number | null;
  /** Since when it is planned, epoch ms: nothing can be missing before. */
  readonly since: number;
}

/** `waiting`: planned a moment ago; `overdue`: what came last is older than the job allows, or nothing came at all; `posted`: nobody plans it. */
export type CellState = 'fresh' | 'overdue' | 'waiting' | 'posted';

export function cellState({ result, plan }: Pick<Cell, 'result' | 'plan'>, now: number): CellState {
  if (plan === null) return 'posted';
  const { intervalS, since } = plan;
  if (result !== null && (intervalS === null || isFresh(result.started_at, intervalS, now))) return 'fresh';
  if (intervalS === null) return 'waiting';
  return since > now - freshMs(intervalS) ? 'waiting' : 'overdue';
}

/** One kind at one destination: a cell for each agent that measures it, by the agent's id. */
export interface StandingRow {
  readonly key: string;
  readonly kind: string;
  readonly destination: string | null;
  readonly cells: ReadonlyMap<number, Cell>;
}

/** How things stand: the newest result of every agent, kind and destination that a job plans or a posted result shows. */
export function standing(from: StandingFrom): StandingRow[] {
  const cells = new Map<string, Cell>();
  for (const { pair, plan } of plannedPairs(from)) {
    const other = cells.get(cellKey(pair))?.plan ?? null;
    if (other === null || (plan.intervalS ?? Infinity) < (other.intervalS ?? Infinity)) cells.set(cellKey(pair), { pair, result: null, plan });
  }
  const known = new Set(from.destinations.map((destination) => destination.id));
  const agents = new Set(from.agents.map((agent) => agent.id));
  for (const result of from.results) {
    const key = cellKey(result);
    // What was measured for a job that plans it no longer is history; what nobody plans was posted, and stands.
    if (result.job_id !== null && !cells.has(key)) continue;
    // Nor does what was measured at, or by, something that has been removed since.
    if (!agents.has(result.agent_id) || (result.destination_id !== null && !known.has(result.destination_id))) continue;
    const cell = cells.get(key);
    if ((cell?.result ?? null) === null) cells.set(key, { pair: pairOf(result), result, plan: cell?.plan ?? null });
  }
  const names = new Map(from.destinations.map((destination) => [destination.id, destination.name]));
  return [...Map.groupBy(cells.values(), ({ pair }) => `${pair.kind} ${pair.destination_id ?? ''}`).entries()].flatMap(([key, row]) => {
    const [first] = row;
    if (first === undefined) return [];
    const { kind, destination_id: id } = first.pair;
    return [{ key, kind, destination: id === null ? null : (names.get(id) ?? null), cells: new Map(row.map((cell) => [cell.pair.agent_id, cell])) }];
  });
}

/** What needs a look first: failing, then not known, then the rest; each by destination and kind. */
export function compareStanding(a: StandingRow, b: StandingRow): number {
  return rank(a) - rank(b) || (a.destination ?? '').localeCompare(b.destination ?? '', 'en', { numeric: true }) || a.kind.localeCompare(b.kind, 'en');
}

function rank({ cells }: StandingRow): number {
  const results = [...cells.values()].map((cell) => cell.result);
  if (results.some((result) => result !== null && isFailing(result))) return 0;
  return results.includes(null) ? 1 : 2;
}

export function isFailing({ status }: Pick<Result, 'status'>): boolean {
  return status === 'failed' || status === 'timeout';
}

export function pairOf({ agent_id, destination_id, kind }: Pair): Pair {
  return { agent_id, destination_id, kind };
}

export function cellKey({ agent_id, destination_id, kind }: Pair): string {
  return `${agent_id} ${kind} ${destination_id ?? ''}`;
}

/** What the running jobs have the agents measure, as far as each agent can. */
function plannedPairs({ agents, destinations, jobs }: StandingFrom): { pair: Pair; plan: Plan }[] {
  return jobs
    .filter((job) => job.enabled)
    .flatMap((job) => {
      const chosen = destinations.filter((one) => one.status === 'active' && job.destinations.some((selector) => selectsDestination(selector, one)));
      return agents
        .filter((agent) => job.agents.some((selector) => selectsAgent(selector, agent)))
        .flatMap((agent) =>
          job.kinds
            .filter((kind) => agent.capabilities[kind]?.available === true)
            .flatMap((kind) =>
              (findKind(kind)?.target === 'none' ? [null] : chosen.map((one) => one.id)).map((id) => ({
                pair: { agent_id: agent.id, destination_id: id, kind },
                plan: { intervalS: steadyInterval(job), since: job.since },
              })),
            ),
        );
    });
}
