import { describe, expect, test } from 'vitest';
import type { Reference } from '../../model/name.ts';
import type { AppendOutcome, ForeignBatch, ResultRow, ResultsStore, SpoolBatch } from '../../store/results/results-store.ts';
import type { Principal } from '../auth/authenticator.ts';
import type { Directory, Thing } from './directory.ts';
import { createIngest } from './ingest.ts';

const NOW = Date.UTC(2026, 10, 22, 10);
const at = new Date(NOW - 60_000).toISOString();
const agent: Principal = { kind: 'agent', name: 'edge-1', scopes: ['agent'], agentId: 1 };
const importer: Principal = { kind: 'token', name: 'importer', scopes: ['read', 'write'], tokenId: 1 };
const right = { kind: 'ping', status: 'success', started_at: at, destination: 'dns-1', metrics: { rtt_avg_ms: 1 } };

/** Ingest over a store that keeps everything and a directory that counts what it is asked. */
function setUp() {
  const ids = new Map<string, number>([
    ['destination/dns-1', 11],
    ['job/watch', 21],
  ]);
  const asked: string[] = [];
  const find = (thing: Thing, reference: Reference): Promise<number | null> => {
    asked.push(`${thing}/${reference}`);
    return Promise.resolve(typeof reference === 'number' ? (reference < 100 ? reference : null) : (ids.get(`${thing}/${reference}`) ?? null));
  };
  const directory: Directory = {
    resolve: find,
    resolveOrCreate: async (thing, reference) => {
      const found = await find(thing, reference);
      if (found !== null || typeof reference === 'number') return found;
      ids.set(`${thing}/${reference}`, 50 + ids.size);
      return ids.get(`${thing}/${reference}`) ?? null;
    },
    nameOf: (thing, id) => Promise.resolve(`${thing} ${id}`),
    forget: () => undefined,
  };
  const spooled: SpoolBatch[] = [];
  const foreign: ForeignBatch[] = [];
  const told: ResultRow[] = [];
  const all = (rows: readonly ResultRow[]): Promise<AppendOutcome> => Promise.resolve({ stored: rows.map((_, i) => i) });
  const store: Pick<ResultsStore, 'appendSpool' | 'appendForeign'> = {
    appendSpool: (batch) => {
      spooled.push(batch);
      return all(batch.rows);
    },
    appendForeign: (batch) => {
      foreign.push(batch);
      return all(batch.rows);
    },
  };
  const clock = { now: () => NOW, monotonic: () => 0, sleep: () => Promise.resolve() };
  const ingest = createIngest({ store: store as ResultsStore, directory, clock, onStored: (rows) => told.push(...rows) });
  return { ingest, asked, spooled, foreign, told };
}

describe('ingest', () => {
  test('asks what a name stands for once a batch, however many results carry it', async () => {
    const { ingest, asked, spooled } = setUp();
    const results = Array.from({ length: 50 }, (_, i) => ({ ...right, seq: i + 1, job: 'watch' }));
    await ingest.post({ epoch: 'e', results }, agent);
    expect(asked).toEqual(['destination/dns-1', 'job/watch']);
    expect(spooled[0]?.rows.map(({ agentId, destinationId, jobId }) => [agentId, destinationId, jobId])).toEqual(results.map(() => [1, 11, 21]));
  });

  test('keeps the order of a batch in which some names are new', async () => {
    const { ingest, foreign } = setUp();
    const results = ['a', 'b', 'a', 'dns-1', 'c', 'b'].map((destination, i) => ({ ...right, agent: 'probe', destination, metrics: { i } }));
    const answer = await ingest.post({ results }, importer);
    expect(answer).toMatchObject({ stored: 6, refused: [] });
    expect(foreign[0]?.rows.map(({ metrics }) => metrics['i'])).toEqual([0, 1, 2, 3, 4, 5]);
    const destinations = foreign[0]?.rows.map(({ destinationId }) => destinationId) ?? [];
    expect(destinations[0]).toBe(destinations[2]);
    expect(destinations[1]).toBe(destinations[5]);
    expect(new Set(destinations).size).toBe(4);
  });

  test('refuses what is wrong by its place and keeps the rest', async () => {
    const { ingest, spooled, told } = setUp();
    const results = [
      { ...right, seq: 1 },
      { ...right, seq: 2, kind: 'Not a kind' },
      { ...right, seq: 3, destination: 'nobody-knows' },
      { ...right, seq: 4, destination: 500 },
      { ...right, seq: 5, agent: 'edge-2' },
      { ...right, seq: 5 },
      { ...right, seq: 9, started_at: new Date(NOW + 3_600_000).toISOString() },
      { ...right, seq: 10 },
      { ...right, seq: 11, started_at: new Date(NOW - 15 * 86_400_000).toISOString() },
    ];
    const answer = await ingest.post({ epoch: 'e', results }, agent);
    expect(answer).toMatchObject({ stored: 2, duplicates: 0, acknowledged: 11 });
    expect(answer.refused.map(({ index, code }) => [index, code])).toEqual([
      [1, 'invalid_result'],
      [2, 'unknown_reference'],
      [3, 'unknown_reference'],
      [4, 'not_yours'],
      [5, 'out_of_order'],
      [6, 'in_the_future'],
      [8, 'too_late'],
    ]);
    expect(spooled[0]).toMatchObject({ seqs: [1, 10], through: 11 });
    expect(told).toHaveLength(2);
  });

  test('corrects instants by a clock offset that is worth it', async () => {
    const { ingest, spooled } = setUp();
    const results = [
      { ...right, seq: 1 },
      { ...right, seq: 2, clock_offset_ms: 500 },
    ];
    await ingest.post({ epoch: 'e', clock_offset_ms: 30_000, results }, agent);
    expect(spooled[0]?.rows.map(({ startedAt, clockOffsetMs }) => [startedAt, clockOffsetMs])).toEqual([
      [NOW - 90_000, 30_000],
      [NOW - 60_000, 500],
    ]);
  });

  test('derives an id for what came without one, the same each time', async () => {
    const { ingest, foreign } = setUp();
    await ingest.post({ results: [{ ...right, agent: 'probe' }] }, importer);
    await ingest.post({ results: [{ ...right, machine_id: 'probe' }] }, importer);
    const [first, second] = foreign.map(({ rows }) => rows[0]?.id);
    expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(second).toBe(first);
  });
});
