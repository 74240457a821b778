import { setImmediate } from 'node:timers/promises';
import type { ResultFilter, ResultRow, ResultsStore } from '../../store/results/results-store.ts';

/** Results read at once, with their details: a few megabytes. */
const PAGE = 1000;

/** Instants read at once: about 2 MB. */
const SCAN = 100_000;

/** Before any instant a result may carry. */
export const BEGINNING = Date.UTC(1990, 0, 1);

export type Position = Pick<ResultRow, 'startedAt' | 'id'>;

/** Matching results, newest first, at most `limit` of them; others get their turn between the pages. */
export async function* newestFirst(
  results: Pick<ResultsStore, 'list'>,
  { filter, limit, after }: { filter: ResultFilter; limit: number; after?: Position | undefined },
): AsyncGenerator<ResultRow[]> {
  let [left, position] = [limit, after];
  while (left > 0) {
    const wanted = Math.min(PAGE, left);
    const rows = await results.list({ filter, limit: wanted, after: position });
    yield rows;
    if (rows.length < wanted) return;
    left -= rows.length;
    position = rows.at(-1);
    await setImmediate();
  }
}

export interface Pieces {
  /** Instants read at once, and results of one piece. */
  readonly scan?: number;
  readonly page?: number;
}

/**
 * Every matching result, oldest first. The store lists the newest first; so the instants alone say where each piece
 * ends, and a piece is listed whole and turned round.
 */
export async function* oldestFirst(
  results: Pick<ResultsStore, 'list' | 'values'>,
  filter: ResultFilter & { readonly to: number },
  { scan = SCAN, page = PAGE }: Pieces = {},
): AsyncGenerator<ResultRow[]> {
  let from = filter.from ?? BEGINNING;
  let limit = scan;
  for (let complete = false; !complete;) {
    const found = await results.values({ filter: { ...filter, from }, metrics: [], limit });
    complete = found.complete;
    const ends = endsOf(found.startedAt, page);
    if (complete) ends.push(filter.to);
    // All of them at one instant: only a longer look gets beyond it.
    limit = ends.length === 0 ? limit * 2 : scan;
    for (const to of ends) {
      const rows = [];
      // What arrived meanwhile makes it longer; so it is listed to its end, and not by count.
      for await (const some of newestFirst(results, { filter: { ...filter, from, to }, limit: Infinity })) rows.push(...some);
      yield rows.reverse();
      from = to;
    }
  }
}

/** Instants between pieces of about `page` results each; those of one instant are in one piece, and the last instant in none. */
function endsOf(startedAt: Float64Array, page: number): number[] {
  const last = startedAt.at(-1);
  const ends: number[] = [];
  let begin = 0;
  for (const [index, at] of startedAt.entries()) {
    const isNew = index > 0 && at !== startedAt[index - 1];
    if (!isNew || (index - begin < page && at !== last)) continue;
    ends.push(at);
    begin = index;
  }
  return ends;
}
