import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TachoError } from '../../../model/errors.ts';
import { systemClock } from '../../../util/clock.ts';
import { seededRandom } from '../../../util/random.ts';
import { resultRows, spoolBatch } from '../test-rows.ts';
import { openDuckdbResultsStore } from './duckdb-results-store.ts';

/** A disk this small needs a mount of its own, and mounting needs root. */
const canMount = process.platform === 'linux' && process.getuid?.() === 0;
if (!canMount) process.stderr.write('full-disk.test.ts is skipped: it mounts a small tmpfs, which needs root on Linux\n');

const DISK_MB = 24;
/** Room that comes back: folding the log in needs some before it gives any. */
const BALLAST_MB = 14;
/** Far more batches than the disk can hold. */
const MOST_BATCHES = 300;

let mount = '';

beforeEach(async () => {
  if (!canMount) return;
  mount = await mkdtemp(join(tmpdir(), 'tacho-full-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MB}m`, 'tmpfs', mount]);
});

afterEach(async () => {
  if (!canMount) return;
  // Lazily: a store that a failed test left open must not keep the mount.
  execFileSync('umount', ['-l', mount]);
  await rm(mount, { recursive: true, force: true });
});

test.skipIf(!canMount).each([
  ['while the log grows', 64],
  ['while the log is folded in', 2],
])('a full disk refuses whole batches %s, and space makes the store work again', { timeout: 60_000 }, async (_, checkpointMb) => {
  // What others take up: its removal is the space that comes back.
  const ballast = join(mount, 'ballast');
  await writeFile(ballast, Buffer.alloc(BALLAST_MB * 1_048_576));
  const options = { path: join(mount, 'results.duckdb'), clock: systemClock, memoryLimitMb: 128, checkpointMb };
  let store = await openDuckdbResultsStore(options);
  const random = seededRandom(7);
  // Noise, because results that compress well would fit the disk.
  const detailsOf = (number: number) => ({ number, noise: Array.from({ length: 12 }, () => random()).join('') });
  const batchOf = (first: number) =>
    spoolBatch(
      resultRows(1000, (i) => ({ details: detailsOf(first + i) })),
      first,
    );

  let first = 1;
  let refusal: unknown = null;
  for (let i = 0; i < MOST_BATCHES && refusal === null; i++) {
    try {
      expect((await store.appendSpool(batchOf(first))).stored).toHaveLength(1000);
      first += 1000;
    } catch (error) {
      refusal = error;
    }
  }
  expect(refusal).toBeInstanceOf(TachoError);
  expect(refusal).toMatchObject({ code: 'unavailable' });

  await unlink(ballast);
  // A commit that failed while the log was folded in may have become durable all the same: the mark tells, as it does an agent.
  const mark = await store.highWater(1, 'a');
  expect([first - 1, first + 999]).toContain(mark);
  const again = await store.appendSpool(batchOf(first));
  expect(again.stored).toHaveLength(mark === first - 1 ? 1000 : 0);
  await store.close();

  store = await openDuckdbResultsStore(options);
  try {
    expect(await store.highWater(1, 'a')).toBe(first + 999);
    const numbers = (await store.list({ filter: {}, limit: 1_000_000 })).map((row) => Number(row.details['number']));
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: first + 999 }, (_, i) => i + 1));
  } finally {
    await store.close();
  }
});
