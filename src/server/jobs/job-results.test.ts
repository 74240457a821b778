import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ListQuery, ResultRow, Values, ValuesQuery } from '../../store/results/results-store.ts';
import { newestFirst, oldestFirst } from './job-results.ts';

/** A store of results with nothing but an instant and an id. */
function storeOf(instants: readonly number[]) {
  const rows = instants.map((startedAt, index) => ({ startedAt, id: String(index).padStart(6, '0') }) as ResultRow).sort((a, b) => order(a, b));
  const within = ({ from = -Infinity, to = Infinity }: ListQuery['filter']): ResultRow[] =>
    rows.filter(({ startedAt }) => startedAt >= from && startedAt < to);
  return {
    rows,
    list: ({ filter, limit, after }: ListQuery): Promise<ResultRow[]> =>
      Promise.resolve(
        within(filter)
          .toReversed()
          .filter((row) => after === undefined || order(row, after) < 0)
          .slice(0, limit),
      ),
    values: ({ filter, limit }: ValuesQuery): Promise<Values> => {
      const found = within(filter);
      const some = found.slice(0, limit);
      const startedAt = Float64Array.from(some, (row) => row.startedAt);
      return Promise.resolve({ startedAt, complete: found.length <= limit, source: new Int32Array(), sources: [], status: [], metrics: [] });
    },
  };
}

function order(a: { startedAt: number; id: string }, b: { startedAt: number; id: string }): number {
  return a.startedAt - b.startedAt || (a.id < b.id ? -1 : Number(a.id > b.id));
}

async function gathered(pieces: AsyncIterable<ResultRow[]>): Promise<ResultRow[]> {
  const all: ResultRow[] = [];
  for await (const piece of pieces) all.push(...piece);
  return all;
}

describe('results, oldest first', () => {
  test('are all there, once and in order, however many share an instant and however small the pieces are', async () => {
    const instants = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 80 });
    const size = fc.integer({ min: 1, max: 12 });
    await fc.assert(
      fc.asyncProperty(instants, size, size, async (some, page, scan) => {
        const store = storeOf(some);
        expect(await gathered(oldestFirst(store, { from: 0, to: 1000 }, { page, scan }))).toEqual(store.rows);
      }),
    );
  });

  test('begin and end where they are told to', async () => {
    const store = storeOf([1, 2, 3, 4, 5, 6]);
    expect((await gathered(oldestFirst(store, { from: 2, to: 5 }))).map(({ startedAt }) => startedAt)).toEqual([2, 3, 4]);
    expect(await gathered(oldestFirst(store, { to: 1 }))).toEqual([]);
  });

  test('come in pieces of about the size asked for', async () => {
    const store = storeOf(Array.from({ length: 100 }, (_, index) => index));
    const sizes = [];
    for await (const piece of oldestFirst(store, { from: 0, to: 1000 }, { page: 10, scan: 1000 })) sizes.push(piece.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(11);
  });
});

describe('results, newest first', () => {
  test('end at the limit, over pages of the store', async () => {
    const store = storeOf(Array.from({ length: 2500 }, (_, index) => index));
    const found = await gathered(newestFirst(store, { filter: {}, limit: 2100 }));
    expect(found).toEqual(store.rows.toReversed().slice(0, 2100));
    const last = found.at(-1);
    expect((await gathered(newestFirst(store, { filter: {}, limit: Infinity, after: last }))).length).toBe(400);
  });
});
