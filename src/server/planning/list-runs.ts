import { graceMs, isBetter, type RunStatus } from '../../model/planned-run.ts';
import { runId, type PlannedSeries } from '../../model/run.ts';
import type { Failure } from '../../model/failure.ts';
import { countPlannedBetween, plannedBetween } from '../../model/timetable/timetable.ts';
import type { PlannedSeriesRow } from '../../store/control/control-store.ts';
import type { ResultsStore, RunFilter, RunOutcome } from '../../store/results/results-store.ts';
import { spanOf, type Span } from './ledger-span.ts';

/** An agent's results are taken this late. */
const LATE_MS = 14 * 86_400_000;
/** Planned runs, and results, that are looked at together. */
const MOST_TOGETHER = 5000;
/** And for one answer: what is left is for the page after. */
const MOST_LOOKED_AT = 50_000;
/** A look is made so wide that it should hold this many times the page. */
const GENEROSITY = 1.5;
const NARROWEST_MS = 1000;

export interface FoundRun {
  readonly run: string | null;
  readonly plannedAt: number | null;
  readonly agentId: number;
  readonly destinationId: number | null;
  readonly kind: string;
  readonly status: RunStatus;
  readonly latePossible: boolean;
  readonly startedAt: number | null;
  readonly result: string | null;
  readonly failure: Failure | null;
}

/** Where a page ends: the runs after it are of an earlier instant, or of the same and a smaller key. */
export interface RunPosition {
  readonly at: number;
  readonly key: string;
}

export interface RunsQuestion extends Span {
  /** Rows of the ledger that were planned at some time of the range. */
  readonly series: readonly PlannedSeriesRow[];
  /** Options of the runs, by kind. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly filter: RunFilter;
  readonly statuses: readonly RunStatus[] | null;
  readonly unplanned: boolean;
  readonly limit: number;
  readonly after: RunPosition | null;
  readonly now: number;
}

/** One page of what was planned and what became of it, newest first. */
export async function listRuns(
  results: Pick<ResultsStore, 'runs'>,
  question: RunsQuestion,
): Promise<{ items: FoundRun[]; next: RunPosition | null }> {
  const { from, limit, after, statuses } = question;
  const items: FoundRun[] = [];
  let end = after === null ? question.to : Math.min(question.to, after.at + 1);
  let width = firstWidth(question, end);
  for (let looked = 0; end > from;) {
    if (looked >= MOST_LOOKED_AT) return { items, next: { at: end, key: '' } };
    const look = { from: Math.max(from, end - width), to: end };
    const found = await runsBetween(results, question, look);
    if (found === null) {
      width = Math.max(1, Math.floor((look.to - look.from) / 4));
      continue;
    }
    looked += found.length;
    for (const one of found.sort(newestFirst)) {
      if ((after !== null && !isAfter(one, after)) || (statuses !== null && !statuses.includes(one.status))) continue;
      const last = items.at(-1);
      if (items.length === limit && last !== undefined) return { items, next: positionOf(last) };
      items.push(one);
    }
    end = look.from;
    if (found.length < MOST_TOGETHER / 8) width *= 4;
  }
  return { items, next: null };
}

/** Wide enough for a page, by how many runs are planned in all. */
function firstWidth({ series, from, limit, statuses }: RunsQuestion, end: number): number {
  let planned = 0;
  for (const row of series) planned += countPlannedBetween(row, row.timetable, spanOf(row, { from, to: end }));
  const wanted = statuses === null ? limit * GENEROSITY : MOST_TOGETHER / 2;
  return planned === 0 ? Math.max(end - from, 1) : Math.max(NARROWEST_MS, Math.ceil(((end - from) * wanted) / planned));
}

/** Every run of a short range; null where there are too many to look at together. */
async function runsBetween(results: Pick<ResultsStore, 'runs'>, question: RunsQuestion, look: Span): Promise<FoundRun[] | null> {
  const { series, options, filter, unplanned, now } = question;
  const isSmallest = look.to - look.from <= 1;
  const planned = new Map<string, { series: PlannedSeries; at: number }>();
  for (const row of series) {
    const span = spanOf(row, look);
    if (span.from >= span.to) continue;
    for (const at of plannedBetween(row, row.timetable, { ...span, limit: MOST_TOGETHER + 1 })) planned.set(runId(row, at), { series: row, at });
    if (planned.size > MOST_TOGETHER && !isSmallest) return null;
  }
  const most = 2 * MOST_TOGETHER;
  const outcomes = await results.runs({ filter, ...look, unplanned, limit: isSmallest ? 100 * most : most });
  if (outcomes.length >= most && !isSmallest) return null;
  const byRun = new Map<string, RunOutcome>();
  const others: RunOutcome[] = [];
  for (const outcome of outcomes) {
    if (outcome.run === null) others.push(outcome);
    else {
      const known = byRun.get(outcome.run);
      if (known === undefined || isBetter(outcome.status, known.status)) byRun.set(outcome.run, outcome);
    }
  }
  const unreported = [...planned].filter(([run]) => !byRun.has(run));
  const graces = new Map(series.map(({ kind }) => [kind, graceMs(kind, options[kind])]));
  return [
    ...[...byRun.values(), ...others].map(reported),
    ...unreported.map(([run, { series: one, at }]): FoundRun => {
      const pending = at + (graces.get(one.kind) ?? 0) > now;
      const { agentId, destinationId, kind } = one;
      return {
        ...{ run, plannedAt: at, agentId, destinationId, kind, startedAt: null, result: null, failure: null },
        status: pending ? 'pending' : 'missing',
        latePossible: !pending && at > now - LATE_MS,
      };
    }),
  ];
}

function reported({ id, run, plannedAt, startedAt, agentId, destinationId, kind, status, failure }: RunOutcome): FoundRun {
  return { run, plannedAt, agentId, destinationId, kind, status, latePossible: false, startedAt, result: id, failure };
}

function positionOf({ plannedAt, startedAt, run, result }: FoundRun): RunPosition {
  return { at: plannedAt ?? startedAt ?? 0, key: run ?? result ?? '' };
}

function newestFirst(a: FoundRun, b: FoundRun): number {
  return compare(positionOf(b), positionOf(a));
}

function isAfter(run: FoundRun, position: RunPosition): boolean {
  return compare(positionOf(run), position) < 0;
}

function compare(a: RunPosition, b: RunPosition): number {
  if (a.at !== b.at) return a.at - b.at;
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}
