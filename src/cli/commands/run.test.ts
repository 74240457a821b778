import { Command, CommanderError } from 'commander';
import { describe, expect, test } from 'vitest';
import { testContext } from '../../probes/probe.contract.ts';
import type { ProbeContext } from '../../probes/probe.ts';
import { registerKinds } from './kinds.ts';
import { registerRun } from './run.ts';
import type { RunEnvironment } from './run.ts';

interface Seen {
  written: string;
  noted: string;
  code: number | null;
}

/** Runs the command line; usage errors are commander's, whose exit code the program's main turns into 2. */
async function tacho(
  args: readonly string[],
  options: { context?: ProbeContext; signal?: 'SIGINT' | 'SIGTERM' } = {},
): Promise<Seen & { usage: string | null }> {
  const seen: Seen = { written: '', noted: '', code: null };
  let usage = '';
  const environment: RunEnvironment = {
    context: options.context ?? testContext,
    write: (text) => void (seen.written += text),
    note: (text) => void (seen.noted += text),
    exitWith: (code) => void (seen.code = code),
    onSignal: (listener) => {
      const { signal } = options;
      const timer = signal === undefined ? undefined : setTimeout(() => listener(signal), 100);
      return () => clearTimeout(timer);
    },
  };
  const program = new Command('tacho')
    .exitOverride()
    .configureOutput({ writeErr: (text) => void (usage += text), writeOut: (text) => void (seen.written += text) });
  registerRun(program, environment);
  registerKinds(program, environment);
  try {
    await program.parseAsync(['node', 'tacho', ...args]);
    return { ...seen, usage: null };
  } catch (error) {
    if (error instanceof CommanderError) return { ...seen, usage };
    throw error;
  }
}

/** An fping that found what it is told. */
function fping(stderr: string): ProbeContext {
  const outcome = { exitCode: 0, stdout: '', stderr, timedOut: false, truncated: false, startError: null };
  return { ...testContext, run: () => Promise.resolve(outcome) };
}

describe('tacho run', () => {
  test('prints a measurement for people', async () => {
    const { written, code } = await tacho(['run', 'ping', 'localhost', '--count', '3'], { context: fping('127.0.0.1 : 12.3 - 0.0345\n') });
    expect(code).toBe(0);
    const lines = written.split('\n');
    expect(lines[0]).toBe('ping localhost: latency 6.17 ms, loss 33.3 %, jitter 12.27 ms');
    expect(lines).toContain('  Received                2  packets answered in time, duplicates not counted');
    expect(lines.slice(-6)).toEqual(['  Replies', '    seq  RTT (ms)', '      1    12.300', '      2         -', '      3     0.035', '']);
  });

  test('prints one JSON document', async () => {
    const { written, code } = await tacho(['run', 'ping', 'localhost', '--count', '2', '--json'], { context: fping('127.0.0.1 : 1 3\n') });
    expect(code).toBe(0);
    expect(JSON.parse(written)).toMatchObject({
      kind: 'ping',
      target: 'localhost',
      started_at: expect.stringMatching(/^\d{4}-.*Z$/) as unknown,
      duration_ms: expect.any(Number) as unknown,
      status: 'success',
      failure: null,
      metrics: { rtt_avg_ms: 2, jitter_ms: 2, packet_loss_pct: 0 },
      details: { tool: 'fping', address: '127.0.0.1' },
    });
  });

  test('a failed measurement says why and what to try, and exits with 1', async () => {
    const { written, code } = await tacho(['run', 'ping', 'no-such-host.invalid']);
    expect(code).toBe(1);
    expect(written).toBe(
      [
        'ping no-such-host.invalid: failed: the name no-such-host.invalid does not resolve',
        '  source resolver, code not_found',
        '  try: look at the spelling; `tacho run dns NAME` asks the resolver and shows its answer',
        '',
      ].join('\n'),
    );
    const json = await tacho(['run', 'ping', 'no-such-host.invalid', '--json']);
    expect([json.code, (JSON.parse(json.written) as { failure: { code: string } }).failure.code]).toEqual([1, 'not_found']);
  });

  test.each([
    [['run', 'ping', 'localhost', '--count', '0'], 'invalid --count: expected at least 1, got 0'],
    [['run', 'ping', 'localhost', '--count', 'many'], 'invalid --count: expected a number, got "many"'],
    [['run', 'ping', 'localhost', '--family', 'ipx'], 'ipv4'],
    [['run', 'ping', 'localhost', '-f'], 'unknown option'],
    [['run', 'ping'], 'target'],
    [['run', 'system', 'localhost'], 'too many arguments'],
    [['run', 'telepathy', 'localhost'], 'unknown command'],
    [['run', 'http', 'http://localhost/', '--expect-status', 'ok'], '--expect-status'],
  ])('%j is bad usage', async (args, words) => {
    const { usage, written } = await tacho(args);
    expect(usage).toContain(words);
    expect(written).toBe('');
  });

  test('a target that is none exits with 2', async () => {
    expect((await tacho(['run', 'ping', '--', '--help'])).code).toBe(2);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends the measurement and exits with %i', async (signal, code) => {
    const seen = await tacho(['run', 'system', '--sample-ms', '10000'], { signal });
    expect(seen).toMatchObject({ code, written: '', noted: 'interrupted: nothing was measured to the end\n' });
  });

  test('text from the network cannot steer the terminal', async () => {
    const { written } = await tacho(['run', 'ping', 'localhost', '--count', '1'], { context: fping('127.0.0.1 : -\nICMP \u001b[2J\u202e from x\n') });
    // eslint-disable-next-line no-control-regex
    expect(written).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    expect(written).toContain('ICMP ?[2J?');
  });

  test('an option that may be empty takes what it takes otherwise', async () => {
    const { written } = await tacho(['run', 'throughput', '--help']);
    for (const text of ['--bytes <n>', '--rate-mbps <n>', '--congestion <text>', '(default tcp)']) expect(written).toContain(text);
    expect(written).not.toContain('null');
    const wrong = await tacho(['run', 'throughput', '127.0.0.1', '--bytes', 'many']);
    expect(wrong.usage).toContain('--bytes');
  });

  test('every option of a kind has its flag and its text', async () => {
    const { written } = await tacho(['run', 'http', '--help']);
    for (const flag of ['--method <word>', '--timeout-ms <n>', '--expect-status <text>', '--no-verify-tls', '--json'])
      expect(written).toContain(flag);
  });
});

describe('tacho kinds', () => {
  test('lists kinds, metrics with units, and what measures here', async () => {
    const { written } = await tacho(['kinds']);
    expect(written).toMatch(/^ping: round-trip time/);
    expect(written).toMatch(/rtt_avg_ms +ms +lower is better/);
    expect(written).toContain('  here: yes, by ');
  });

  test('as JSON, says why a kind falls back', async () => {
    const absent = { exitCode: null, stdout: '', stderr: '', timedOut: false, truncated: false, startError: 'ENOENT' };
    const { written } = await tacho(['kinds', '--json'], { context: { ...testContext, run: () => Promise.resolve(absent) } });
    const kinds = JSON.parse(written) as { kind: string; here: { tool: string; note: string } }[];
    expect(kinds.find(({ kind }) => kind === 'ping')?.here).toMatchObject({ tool: 'tcp', note: expect.stringContaining('not installed') as unknown });
  });
});
