import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { timeZone, timeZoneOf } from './time-zone.ts';

const HOUR = 3_600_000;
const at = (text: string): number => Date.parse(`${text}Z`);
const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Sao_Paulo',
  'Asia/Kathmandu',
  'Africa/Casablanca',
  'Pacific/Apia',
  'Africa/Monrovia',
];

describe('a time zone', () => {
  test.each([
    ['Europe/Berlin', '2026-01-01T00:00', 1],
    ['Europe/Berlin', '2026-03-29T00:59', 1],
    ['Europe/Berlin', '2026-03-29T01:00', 2],
    ['Australia/Lord_Howe', '2026-01-01T00:00', 11],
    ['Australia/Lord_Howe', '2026-07-01T00:00', 10.5],
    ['Asia/Kathmandu', '2026-01-01T00:00', 5.75],
    ['Asia/Kathmandu', '1985-12-31T00:00', 5.5],
    ['America/Sao_Paulo', '2018-12-01T00:00', -2],
    ['America/Sao_Paulo', '2026-12-01T00:00', -3],
    // Seconds: the local mean time of old.
    ['Africa/Monrovia', '1971-01-01T00:00', -44.5 / 60],
    ['UTC', '2026-07-01T00:00', 0],
  ])('%s is at %s ahead of UTC by %d h', (zone, text, hours) => {
    expect(timeZoneOf(zone).offsetAt(at(text)) / HOUR).toBeCloseTo(hours, 9);
  });

  test('agrees with the clock that Intl shows, at any instant', () => {
    const instant = fc.integer({ min: at('1960-01-01T00:00') / 1000, max: at('2060-01-01T00:00') / 1000 }).map((second) => second * 1000);
    fc.assert(
      fc.property(fc.constantFrom(...zones), instant, (zone, when) => {
        const shown = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' }).format(when);
        expect(new Date(when + timeZoneOf(zone).offsetAt(when)).toISOString().slice(0, 19).replace('T', ' ')).toBe(shown);
      }),
    );
  });

  test('gives the instants of a reading: one, the first or the last of two, or the end of the gap', () => {
    const berlin = timeZoneOf('Europe/Berlin');
    const instant = (local: string, which: 'first' | 'last'): string => new Date(berlin.instantOf(at(local), which)).toISOString().slice(0, 16);
    expect([instant('2026-07-01T12:00', 'first'), instant('2026-07-01T12:00', 'last')]).toEqual(['2026-07-01T10:00', '2026-07-01T10:00']);
    expect([instant('2026-10-25T02:00', 'first'), instant('2026-10-25T02:59', 'last')]).toEqual(['2026-10-25T00:00', '2026-10-25T01:59']);
    expect([instant('2026-10-25T03:00', 'first'), instant('2026-10-25T01:59', 'last')]).toEqual(['2026-10-25T02:00', '2026-10-24T23:59']);
    expect([instant('2026-03-29T02:00', 'first'), instant('2026-03-29T02:59', 'last')]).toEqual(['2026-03-29T01:00', '2026-03-29T01:00']);
  });

  test('a reading leads back to itself, and later readings never to earlier instants', () => {
    const instant = fc.integer({ min: at('2000-01-01T00:00') / 1000, max: at('2030-01-01T00:00') / 1000 }).map((second) => second * 1000);
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        instant,
        fc.integer({ min: 0, max: 3 * HOUR }),
        fc.constantFrom('first', 'last'),
        (name, when, later, which) => {
          const zone = timeZoneOf(name);
          const local = when + zone.offsetAt(when);
          const back = zone.instantOf(local, which);
          expect(back + zone.offsetAt(back)).toBe(local);
          expect(zone.instantOf(local + later, which)).toBeGreaterThanOrEqual(back);
        },
      ),
    );
  });

  test('that is none is named, with an example', () => {
    expect(timeZone.safeParse('Mars/Olympus').error?.issues).toMatchObject([
      { message: 'unknown time zone: expected an IANA name such as Europe/Berlin, got "Mars/Olympus"' },
    ]);
    expect(timeZone.safeParse('').success).toBe(false);
    expect(timeZone.parse('Asia/Kathmandu')).toBe('Asia/Kathmandu');
  });
});
