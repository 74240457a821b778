import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { formatInstant, instant, parseInstant } from './instant.ts';

describe('an instant', () => {
  test('without a zone is read as UTC', () => {
    expect(parseInstant('2026-11-22T10:00:00')).toBe(Date.UTC(2026, 10, 22, 10));
    expect(parseInstant('2026-11-22 10:00:00.5')).toBe(Date.UTC(2026, 10, 22, 10, 0, 0, 500));
    expect(parseInstant('2026-11-22')).toBe(Date.UTC(2026, 10, 22));
  });

  test('with a zone is moved to UTC', () => {
    expect(parseInstant('2026-11-22T10:00:00+10:00')).toBe(Date.UTC(2026, 10, 22, 0));
    expect(parseInstant('2026-11-22T10:00:00-0330')).toBe(Date.UTC(2026, 10, 22, 13, 30));
  });

  test.each(['2026-02-30T00:00:00Z', '2026-11-22T24:00:00Z', '2026-11-22T10:61:00Z', '22/11/2026', 'now', '', '1763805600'])('refuses %s', (text) => {
    expect(parseInstant(text)).toBeNull();
    expect(instant.safeParse(text).success).toBe(false);
  });

  test('survives the wire and back, to the millisecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) }), (ms) => {
        expect(parseInstant(formatInstant(ms))).toBe(ms);
        expect(z.decode(instant, z.encode(instant, ms))).toBe(ms);
      }),
    );
  });

  test('in the form of the wire means what it means in any other form', () => {
    const number = (digits: number, max: number) => fc.integer({ min: 0, max }).map((n) => String(n).padStart(digits, '0'));
    fc.assert(
      fc.property(
        fc.tuple(number(4, 9999), number(2, 13), number(2, 32), number(2, 25), number(2, 61), number(2, 61), number(3, 999)),
        ([year, month, day, hour, minute, second, ms]) => {
          const text = `${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}`;
          expect(parseInstant(`${text}Z`)).toBe(parseInstant(`${text}+00:00`));
        },
      ),
      { numRuns: 2000 },
    );
    for (const near of ['2026-1x-22T10:00:00.000Z', '2026-11-22T10:00:00.00/Z', '2026-11-22T10:00:00,000Z', '+026-11-22T10:00:00.000Z']) {
      expect(parseInstant(near)).toBe(parseInstant(near.replace('Z', '+00:00')));
    }
  });

  test('never throws on any text', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseInstant(text)));
  });
});
