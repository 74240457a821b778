import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instantOf, LocalZone, parseLocal } from './local-time.ts';

const utc = (text: string): number => Date.parse(`${text}Z`);
const local = (text: string): number => parseLocal(text) ?? NaN;
const shown = (instants: number[]): string[] => instants.map((instant) => new Date(instant).toISOString().slice(0, 19));

describe('a local date and time', () => {
  test.each([
    ['2017-10-13 23:30:01', '2017-10-13T23:30:01.000'],
    ['2017-10-13T23:30', '2017-10-13T23:30:00.000'],
    ['2017-10-13 3:05:09.25', '2017-10-13T03:05:09.250'],
    ['2016-02-29 00:00:00.123456', '2016-02-29T00:00:00.123'],
  ])('%s', (text, expected) => {
    expect(parseLocal(text)).toBe(utc(expected));
  });

  test.each([
    '2017-02-29 00:00',
    '2017-13-01 00:00',
    '2017-01-01 24:00',
    '2017-01-01 10:60',
    '2017-01-01',
    '0050-01-01 00:00',
    '13/10/2017 10:00',
    '',
  ])('%j is none', (text) => {
    expect(parseLocal(text)).toBeNull();
  });
});

describe('a zone', () => {
  test.each<[string, string, string[]]>([
    ['Australia/Brisbane', '2018-01-15 12:00', ['2018-01-15T02:00:00']],
    ['+10:00', '2018-01-15 12:00', ['2018-01-15T02:00:00']],
    ['UTC', '2018-01-15 12:00', ['2018-01-15T12:00:00']],
    ['Asia/Kathmandu', '2018-01-15 12:00', ['2018-01-15T06:15:00']],
    // Berlin: 02:00 to 03:00 did not happen on 2024-03-31, and happened twice on 2024-10-27.
    ['Europe/Berlin', '2024-03-31 01:59:59', ['2024-03-31T00:59:59']],
    ['Europe/Berlin', '2024-03-31 02:00', []],
    ['Europe/Berlin', '2024-03-31 02:59:59', []],
    ['Europe/Berlin', '2024-03-31 03:00', ['2024-03-31T01:00:00']],
    ['Europe/Berlin', '2024-10-27 01:59:59', ['2024-10-26T23:59:59']],
    ['Europe/Berlin', '2024-10-27 02:00', ['2024-10-27T00:00:00', '2024-10-27T01:00:00']],
    ['Europe/Berlin', '2024-10-27 02:59:59', ['2024-10-27T00:59:59', '2024-10-27T01:59:59']],
    ['Europe/Berlin', '2024-10-27 03:00', ['2024-10-27T02:00:00']],
    // Half an hour in Lord Howe, a whole day in Samoa.
    ['Australia/Lord_Howe', '2024-04-07 01:45', ['2024-04-06T14:45:00', '2024-04-06T15:15:00']],
    ['Pacific/Apia', '2011-12-30 12:00', []],
    ['America/St_Johns', '2024-11-03 01:30', ['2024-11-03T04:00:00', '2024-11-03T05:00:00']],
  ])('%s shows %s at %j', (name, text, expected) => {
    expect(shown(new LocalZone(name).instants(local(text)))).toEqual(expected);
  });

  test('an unknown one is refused by name', () => {
    expect(() => new LocalZone('Mars/Olympus')).toThrow(
      'unknown time zone: expected an IANA name such as Australia/Brisbane, or +10:00, got "Mars/Olympus"',
    );
  });

  test('every instant is among those of what its clock shows', () => {
    const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/Sao_Paulo', 'Africa/Casablanca', 'Pacific/Apia', 'UTC'];
    const [from, to] = [utc('1990-01-01T00:00:00') / 1000, utc('2037-12-31T00:00:00') / 1000];
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: from, max: to }), (name, second) => {
        const instant = second * 1000;
        // The platform's own words for the wall clock, by another way than the code goes.
        const wall = new Date(instant).toLocaleString('sv-SE', { timeZone: name });
        expect(new LocalZone(name).instants(local(wall))).toContain(instant);
      }),
      { numRuns: 300 },
    );
  });
});

describe('rows of a file by local time', () => {
  const zone = new LocalZone('Europe/Berlin');

  test('a night in which clocks go back comes out in order, each half hour once', () => {
    const wall = ['01:30', '02:00', '02:30', '02:00', '02:30', '03:00'];
    let before: number | null = null;
    const instants = wall.map((time) => (before = instantOf(local(`2024-10-27 ${time}`), zone, before)));
    expect(shown(instants.map((instant) => instant ?? NaN))).toEqual([
      '2024-10-26T23:30:00',
      '2024-10-27T00:00:00',
      '2024-10-27T00:30:00',
      '2024-10-27T01:00:00',
      '2024-10-27T01:30:00',
      '2024-10-27T02:00:00',
    ]);
  });

  test('without a row before, or after a later one, it is the first of the two', () => {
    const first = utc('2024-10-27T00:30:00');
    for (const before of [null, utc('2020-01-01T00:00:00'), utc('2024-10-28T00:00:00'), first]) {
      expect(instantOf(local('2024-10-27 02:30'), zone, before)).toBe(first);
    }
  });

  test('a time that clocks never showed has no instant', () => {
    expect(instantOf(local('2024-03-31 02:30'), zone, null)).toBeNull();
  });
});
