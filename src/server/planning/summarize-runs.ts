import { TachoError } from '../../model/errors.ts';
import { graceMs, noRuns, type RunCounts } from '../../model/planned-run.ts';
import { countPlannedBetween } from '../../model/timetable/timetable.ts';
import type { PlannedSeriesRow } from '../../store/control/control-store.ts';
import type { ResultsStore, RunCount, RunFilter } from '../../store/results/results-store.ts';
import { spanOf, type Span } from './ledger-span.ts';

/** Cells of one answer: an hour's buckets of a month for more than two hundred series. */
const MOST_CELLS = 200_000;

export interface SummaryQuestion extends Span {
  readonly series: readonly PlannedSeriesRow[];
  /** The kinds whose results count. */
  readonly kinds: readonly string[];
  /** Options of the runs, by kind. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly filter: RunFilter;
  readonly bucketMs: number | null;
  readonly now: number;
}

export interface LineCounts extends RunCounts {
  readonly agentId: number;
  readonly destinationId: number | null;
  readonly kind: string;
}

export interface Summary {
  readonly lines: LineCounts[];
  /** Ascending; null where no bucket was asked for. */
  readonly buckets: (RunCounts & { readonly at: number })[] | null;
}

/**
 * How many runs came to which end. What is missing is counted, and not looked up: planned runs that are overdue, less
 * those that reported, for each line and bucket.
 */
export async function summarizeRuns(results: Pick<ResultsStore, 'counts'>, question: SummaryQuestion): Promise<Summary> {
  const { series, kinds, options, from, to, bucketMs, now } = question;
  if (bucketMs !== null && ((to - from) / bucketMs) * Math.max(1, series.length) > MOST_CELLS) {
    const cells = Math.ceil((to - from) / bucketMs) * series.length;
    throw new TachoError(
      'invalid_request',
      `bucket: expected at most ${MOST_CELLS} buckets of all series together, got ${cells}; choose wider buckets, a shorter range, or fewer agents and destinations`,
    );
  }
  const cells = new Cells();
  for (const kind of kinds) {
    // Before it, what did not report is missing; after it, it may still come.
    const cutoff = Math.max(from, Math.min(to, now - graceMs(kind, options[kind])));
    const ofKind = { ...question, series: series.filter((row) => row.kind === kind), kind };
    await addPart(results, cells, { ...ofKind, to: cutoff, open: 'missing' });
    await addPart(results, cells, { ...ofKind, from: cutoff, open: 'pending' });
  }
  return cells.summary(bucketMs !== null);
}

interface Part extends SummaryQuestion {
  readonly kind: string;
  /** What a run without a result is. */
  readonly open: 'missing' | 'pending';
}

async function addPart(results: Pick<ResultsStore, 'counts'>, cells: Cells, part: Part): Promise<void> {
  const { from, to, kind, filter, bucketMs, open } = part;
  if (from >= to) return;
  const left = plannedCounts(part);
  for (const count of await results.counts({ filter: { ...filter, kinds: [kind] }, from, to, bucketMs })) {
    const { success, failed, timeout, skipped } = count;
    cells.add(count, count.at, { success, failed, timeout, skipped });
    const planned = left.get(cellKey(count, count.at));
    // More reports than the ledger planned come from before it, or from an agent that did not yet know of a change.
    if (planned !== undefined) planned.count = Math.max(0, planned.count - success - failed - timeout - skipped);
  }
  for (const { row, at, count } of left.values()) if (count > 0) cells.add(row, at, { [open]: count });
}

function plannedCounts({ series, from, to, bucketMs }: Part): Map<string, { row: PlannedSeriesRow; at: number | null; count: number }> {
  const planned = new Map<string, { row: PlannedSeriesRow; at: number | null; count: number }>();
  const add = (row: PlannedSeriesRow, at: number | null, span: Span): void => {
    const count = span.from < span.to ? countPlannedBetween(row, row.timetable, span) : 0;
    if (count === 0) return;
    const key = cellKey(row, at);
    const known = planned.get(key);
    if (known === undefined) planned.set(key, { row, at, count });
    else known.count += count;
  };
  for (const row of series) {
    const span = spanOf(row, { from, to });
    if (bucketMs === null) add(row, null, span);
    else {
      for (let at = Math.floor(span.from / bucketMs) * bucketMs; at < span.to; at += bucketMs) {
        add(row, at, { from: Math.max(span.from, at), to: Math.min(span.to, at + bucketMs) });
      }
    }
  }
  return planned;
}

type Line = Pick<RunCount, 'agentId' | 'destinationId' | 'kind'>;

function cellKey({ agentId, destinationId, kind }: Line, at: number | null): string {
  return `${agentId}/${destinationId ?? ''}/${kind}/${at ?? ''}`;
}

/** Sums by line, and by bucket. */
class Cells {
  readonly #lines = new Map<string, LineCounts>();
  readonly #buckets = new Map<number, RunCounts & { readonly at: number }>();

  add({ agentId, destinationId, kind }: Line, at: number | null, counts: Partial<RunCounts>): void {
    const key = cellKey({ agentId, destinationId, kind }, null);
    let line = this.#lines.get(key);
    if (line === undefined) this.#lines.set(key, (line = { agentId, destinationId, kind, ...noRuns() }));
    sumInto(line, counts);
    if (at === null) return;
    let bucket = this.#buckets.get(at);
    if (bucket === undefined) this.#buckets.set(at, (bucket = { at, ...noRuns() }));
    sumInto(bucket, counts);
  }

  summary(withBuckets: boolean): Summary {
    const lines = [...this.#lines.values()].sort(
      (a, b) => a.agentId - b.agentId || (a.destinationId ?? 0) - (b.destinationId ?? 0) || (a.kind < b.kind ? -1 : 1),
    );
    return { lines, buckets: withBuckets ? [...this.#buckets.values()].sort((a, b) => a.at - b.at) : null };
  }
}

export function sumInto(sum: RunCounts, counts: Partial<RunCounts>): void {
  for (const [status, count] of Object.entries(counts) as [keyof RunCounts, number][]) sum[status] += count;
}
