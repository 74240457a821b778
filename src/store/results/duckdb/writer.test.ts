import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { ManualClock } from '../../../../test/support/manual-clock.ts';
import type { ResultsStore } from '../results-store.ts';
import { resultRows, spoolBatch, START_MS } from '../test-rows.ts';
import { openDuckdbResultsStore } from './duckdb-results-store.ts';

/** A clock that moves only when told, and says how often somebody waits on it. */
class CountingClock extends ManualClock {
  waits = 0;

  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.waits += 1;
    return super.sleep(ms, signal);
  }
}

let directory: string;
let clock: CountingClock;
let store: ResultsStore;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tacho-writer-'));
  clock = new CountingClock(START_MS);
  store = await openDuckdbResultsStore({ path: join(directory, 'results.duckdb'), clock });
  await store.appendSpool(spoolBatch(resultRows(1), 1));
});

afterEach(async () => {
  await store.close();
  await rm(directory, { recursive: true });
});

describe('the writer', () => {
  test('lets small batches that follow a transaction at once share the next', async () => {
    expect(clock.waits).toBe(0);
    const answers = [store.appendSpool(spoolBatch(resultRows(1), 2))];
    await eventually(() => clock.waits === 1);
    for (const agentId of [2, 3, 4]) answers.push(store.appendSpool(spoolBatch(resultRows(1), 1, { agentId })));
    await clock.advance(25);
    expect(await Promise.all(answers)).toEqual(answers.map(() => ({ stored: [0] })));
    expect(clock.waits).toBe(1);
  });

  test('does not let a large batch wait, nor a small one after a pause', async () => {
    expect(await store.appendSpool(spoolBatch(resultRows(512), 2))).toMatchObject({ stored: { length: 512 } });
    await clock.advance(25);
    expect(await store.appendSpool(spoolBatch(resultRows(1), 514))).toEqual({ stored: [0] });
    expect(clock.waits).toBe(0);
  });
});
