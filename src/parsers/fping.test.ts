import fc from 'fast-check';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { anyText } from '../../test/support/arbitraries.ts';
import { parseFping } from './fping.ts';

describe('parseFping', () => {
  test('reads -C: the replies of every target, lost ones as null', () => {
    const { targets, problems, resolutionMs } = parseFping('', '10.0.0.2  : 0.378 - 12.3\nfd00::99 : - - -\n');
    expect(problems).toEqual([]);
    expect(resolutionMs).toBe(0.1);
    expect(targets).toEqual([
      {
        name: '10.0.0.2',
        replies: [
          { seq: 0, rttMs: 0.378 },
          { seq: 1, rttMs: null },
          { seq: 2, rttMs: 12.3 },
        ],
        duplicates: [],
        summary: null,
      },
      { name: 'fd00::99', replies: [0, 1, 2].map((seq) => ({ seq, rttMs: null })), duplicates: [], summary: null },
    ]);
  });

  test('reads the lines of a loud run, in any order, with stamps and duplicates', () => {
    const stdout = `[1795314123.42042] host : [1], 64 bytes, 0.058 ms (0.058 avg, 0% loss)
host : [0], timed out (0.058 avg, 50% loss)
host : [2], 64 bytes, 158 ms (79.0 avg, 33% loss)
`;
    const stderr = 'host : duplicate for [1], 64 bytes, 0.10 ms\n\nhost : xmt/rcv/%loss = 3/2/33%, min/avg/max = 0.058/79.0/158\n';
    expect(parseFping(stdout, stderr)).toEqual({
      targets: [
        {
          name: 'host',
          replies: [
            { seq: 0, rttMs: null },
            { seq: 1, rttMs: 0.058 },
            { seq: 2, rttMs: 158 },
          ],
          duplicates: [1],
          summary: { sent: 3, received: 2, lossPct: 33, rtt: { minMs: 0.058, avgMs: 79, maxMs: 158 } },
        },
      ],
      problems: [],
      resolutionMs: 1,
    });
  });

  test('keeps what went wrong as it was said', () => {
    const { targets, problems } = parseFping(
      '',
      'no-such.invalid: Name or service not known\nICMP Host Unreachable from 10.0.0.1 for ICMP Echo sent to 10.0.0.9\n',
    );
    expect(targets).toEqual([]);
    expect(problems).toEqual(['no-such.invalid: Name or service not known', 'ICMP Host Unreachable from 10.0.0.1 for ICMP Echo sent to 10.0.0.9']);
  });

  test('never throws, and all times are finite and not negative', () => {
    const words = fc.constantFrom(
      '10.0.0.1',
      ' : ',
      '[0], ',
      '64 bytes, ',
      '0.05',
      ' ms',
      '-',
      ' ',
      '\n',
      'xmt/rcv/%loss = 3/2/33%',
      'min/avg/max = 1/2/3',
      'timed out',
    );
    const text = fc.oneof(
      anyText(),
      fc.array(fc.oneof(words, fc.string()), { maxLength: 40 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, text, (stdout, stderr) => {
        for (const { replies } of parseFping(stdout, stderr).targets) {
          for (const { rttMs } of replies) expect(rttMs === null || (Number.isFinite(rttMs) && rttMs >= 0)).toBe(true);
        }
      }),
    );
  });
});

const captured = join(process.env['TACHO_SHARED'] ?? '', 'corpus', 'fping', 'captured');
const present = process.env['TACHO_SHARED'] !== undefined && existsSync(captured);
if (!present) console.info('skipped: recorded outputs of fping: TACHO_SHARED does not name a folder with corpus/fping');

describe.skipIf(!present)('recorded outputs of fping', () => {
  const read = (name: string) =>
    parseFping(readFileSync(join(captured, `${name}.stdout`), 'utf8'), readFileSync(join(captured, `${name}.stderr`), 'utf8'));

  test('a quiet -C over three targets', () => {
    const { targets, problems } = read('C5_q');
    expect(problems).toEqual([]);
    expect(targets.map(({ name, replies }) => [name, replies.map(({ rttMs }) => rttMs)])).toEqual([
      ['10.77.2.2', [0.378, 0.07, 0.069, 0.095, 0.075]],
      ['10.77.1.1', [0.374, 0.062, 0.059, 0.057, 0.06]],
      ['10.77.2.99', [null, null, null, null, null]],
    ]);
  });

  test('a summary over both families', () => {
    const { targets } = read('c20_summary');
    expect(targets.map(({ name, summary }) => [name, summary?.sent, summary?.received, summary?.rtt?.avgMs])).toEqual([
      ['10.77.2.2', 20, 20, 0.07],
      ['10.77.1.1', 20, 20, 0.064],
      ['10.77.2.99', 20, 0, undefined],
      ['fd77:2::2', 20, 20, 0.089],
    ]);
  });

  test('lines with stamps', () => {
    const { targets, problems } = read('c5_e_D');
    expect(problems).toEqual([]);
    expect(targets.map(({ replies }) => replies.length)).toEqual([5, 5]);
  });

  test('names with their addresses', () => {
    const { targets, problems } = read('n_A_names');
    expect(problems).toEqual([]);
    expect(targets.map(({ name }) => name)).toEqual(['localhost (127.0.0.1)']);
  });
});
