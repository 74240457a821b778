import { expect, test } from 'vitest';
import { sharedRun } from './shared-run.ts';

test('who asks at once shares one run; who asks while it goes on shares the next', async () => {
  const ends: (() => void)[] = [];
  let runs = 0;
  const ask = sharedRun(async () => {
    runs += 1;
    const mine = runs;
    await new Promise<void>((resolve) => ends.push(resolve));
    return mine;
  });
  const first = [ask(), ask()];
  await Promise.resolve();
  await Promise.resolve();
  expect(runs).toBe(1);
  const second = [ask(), ask(), ask()];
  ends.shift()?.();
  expect(await Promise.all(first)).toEqual([1, 1]);
  await new Promise((resolve) => setImmediate(resolve));
  ends.shift()?.();
  expect(await Promise.all(second)).toEqual([2, 2, 2]);
  expect(runs).toBe(2);
});

test('a run that fails is told to those who asked for it, and the next is another try', async () => {
  let fail = true;
  const ask = sharedRun(async () => {
    if (fail) throw new Error('broken');
    return 'done';
  });
  await expect(Promise.all([ask(), ask()])).rejects.toThrow('broken');
  fail = false;
  expect(await ask()).toBe('done');
});
