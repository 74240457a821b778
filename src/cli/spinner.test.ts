import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import type { Io } from './io.ts';
import { SPINNER_AFTER_MS, withSpinner } from './spinner.ts';

function screen(errIsTerminal: boolean): { io: Io; seen: () => string } {
  let seen = '';
  const io: Io = {
    env: {},
    outIsTerminal: false,
    errIsTerminal,
    out: () => undefined,
    err: (text) => void (seen += text),
    exitWith: () => undefined,
  };
  return { io, seen: () => seen };
}

describe('a spinner', () => {
  test('shows what takes long, and leaves nothing behind', async () => {
    const clock = new ManualClock(0);
    const { io, seen } = screen(true);
    const work = Promise.withResolvers<string>();
    const done = withSpinner('agents list', { io, clock }, () => work.promise);
    await clock.advance(SPINNER_AFTER_MS - 1);
    expect(seen()).toBe('');
    await clock.advance(1);
    expect(seen()).toBe('\r⠋ agents list');
    await clock.advance(100);
    expect(seen()).toBe('\r⠋ agents list\r⠙ agents list');
    work.resolve('answer');
    expect(await done).toBe('answer');
    expect(seen().endsWith('\r\u001b[K')).toBe(true);
  });

  test('says nothing of what is quick', async () => {
    const { io, seen } = screen(true);
    await withSpinner('agents list', { io, clock: new ManualClock(0) }, () => Promise.resolve());
    expect(seen()).toBe('');
  });

  test('is gone before an error is told, which is the error of the work', async () => {
    const clock = new ManualClock(0);
    const { io, seen } = screen(true);
    const work = Promise.withResolvers<string>();
    const done = withSpinner('agents list', { io, clock }, () => work.promise);
    await clock.advance(SPINNER_AFTER_MS);
    work.reject(new Error('no answer'));
    await expect(done).rejects.toThrow('no answer');
    expect(seen().endsWith('\r\u001b[K')).toBe(true);
  });

  test('is only for people', async () => {
    const clock = new ManualClock(0);
    const { io, seen } = screen(false);
    const work = Promise.withResolvers<undefined>();
    const done = withSpinner('agents list', { io, clock }, () => work.promise);
    await clock.advance(10 * SPINNER_AFTER_MS);
    work.resolve(undefined);
    await done;
    expect(seen()).toBe('');
  });
});
