import { describe, expect, test } from 'vitest';
import { isRunning, processesKnown } from '../../test/support/processes.ts';
import { runProcess } from './process.ts';

const node = (script: string, options?: Parameters<typeof runProcess>[2]) => runProcess(process.execPath, ['-e', script], options);

describe('runProcess', () => {
  test('gives both streams and the exit status', async () => {
    const outcome = await node('console.log("out"); console.error("err"); process.exitCode = 3');
    expect(outcome).toEqual({ exitCode: 3, stdout: 'out\n', stderr: 'err\n', timedOut: false, truncated: false, startError: null });
  });

  test('arguments are arguments: nothing is read by a shell', async () => {
    const hostile = '$(id); `id` | "x" > /tmp/y';
    expect((await runProcess(process.execPath, ['-p', 'process.argv[1]', hostile])).stdout).toBe(`${hostile}\n`);
  });

  test('speaks C, whatever the locale of the user', async () => {
    expect((await node('console.log(process.env.LC_ALL)')).stdout).toBe('C\n');
  });

  test('a program that is not there, or cannot be started at all, is an outcome', async () => {
    expect((await runProcess('tacho-no-such-program', [])).startError).toBe('ENOENT');
    expect((await node('0', { env: { X: 'a\u0000b' } })).startError).toBe('ERR_INVALID_ARG_VALUE');
    expect((await node('0', { signal: AbortSignal.abort() })).startError).toBe('ABORTED');
  });

  test('a process that takes too long is killed, and what it said so far is kept', async () => {
    const outcome = await node('console.log(process.pid); process.on("SIGTERM", () => 0); setInterval(() => 0, 1000)', { timeoutMs: 500 });
    expect(outcome).toMatchObject({ exitCode: null, timedOut: true });
    expect(isRunning(Number(outcome.stdout))).toBe(false);
  });

  test('its output can be heard while it runs, characters whole', async () => {
    const stop = new AbortController();
    let heard = '';
    const onOutput = (text: string): void => {
      heard += text;
      if (heard.endsWith('\u00e9')) stop.abort();
    };
    // The two bytes of one character come apart.
    const script =
      'process.stdout.write(Buffer.from([0xc3])); setTimeout(() => process.stdout.write(Buffer.from([0xa9])), 50); setInterval(() => 0, 1000)';
    const outcome = await node(script, { onOutput, signal: stop.signal, timeoutMs: 4000 });
    expect(heard).toBe('\u00e9');
    expect(outcome).toMatchObject({ exitCode: null, timedOut: false, stdout: '\u00e9' });
  });

  test('an interrupt lets it finish in its own way', async () => {
    const outcome = await node('process.on("SIGINT", () => { console.log("summary"); process.exit(0) }); setInterval(() => 0, 1000)', {
      interruptMs: 700,
      timeoutMs: 4000,
    });
    expect(outcome).toMatchObject({ exitCode: 0, stdout: 'summary\n', timedOut: false });
  });

  test.skipIf(!processesKnown)('an abort ends its children too', async () => {
    const controller = new AbortController();
    const running = runProcess('/bin/sh', ['-c', 'sleep 30 & echo $!; wait'], { signal: controller.signal });
    setTimeout(() => controller.abort(), 300);
    const { exitCode, stdout } = await running;
    expect(exitCode).toBeNull();
    expect(Number(stdout)).toBeGreaterThan(0);
    await expect.poll(() => isRunning(Number(stdout))).toBe(false);
  });

  test('output without end is cut at the limit', async () => {
    const outcome = await node('process.stdout.write("x".repeat(100000))', { maxBytes: 1000 });
    expect([outcome.stdout.length, outcome.truncated]).toEqual([1000, true]);
  });
});
