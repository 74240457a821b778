import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cronExpression, nextCronInstant, parseCron } from './cron.ts';
import { timeZoneOf } from './time-zone.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Instants at which an expression is due in [from, to), as ISO texts without seconds. */
function due(expression: string, zone: string, [from, to]: [string, string]): string[] {
  return instants(expression, zone, [Date.parse(`${from}Z`), Date.parse(`${to}Z`)]).map((at) => new Date(at).toISOString().slice(0, 16));
}
function instants(expression: string, zone: string, [from, to]: [number, number]): number[] {
  const found: number[] = [];
  const cron = parseCron(expression);
  for (let at = nextCronInstant(cron, timeZoneOf(zone), from); at !== null && at < to; at = nextCronInstant(cron, timeZoneOf(zone), at + 1))
    found.push(at);
  return found;
}
const daysIn = (expression: string, [from, to]: [string, string]): string[] => due(expression, 'UTC', [from, to]).map((text) => text.slice(5, 10));

describe('a cron expression', () => {
  test.each([
    ['0 9 * * mon-fri', ['11-23', '11-24', '11-25', '11-26', '11-27', '11-30']],
    ['0 9 * * sat-sun', ['11-22', '11-28', '11-29']],
    ['0 9 * * 6,7', ['11-22', '11-28', '11-29']],
    ['0 9 * * */3', ['11-22', '11-25', '11-28', '11-29']],
    ['0 9 24-28/2 NOV *', ['11-24', '11-26', '11-28']],
    // Both days restricted: either suffices. One that begins with * does not count as restricted.
    ['0 9 24 * mon', ['11-23', '11-24', '11-30']],
    ['0 9 */8 * mon', []],
    ['@weekly', ['11-22', '11-29']],
    ['@monthly', []],
  ])('%s is due on %j of the nine days', (expression, days) => {
    expect(daysIn(expression, ['2026-11-22T00:00', '2026-12-01T00:00'])).toEqual(days);
  });

  test('29 February is found over eight years and more, 30 February never', () => {
    expect(due('0 0 29 2 *', 'UTC', ['2096-03-01T00:00', '2104-03-01T00:00'])).toEqual(['2104-02-29T00:00']);
    expect(nextCronInstant(parseCron('0 0 30 2 *'), timeZoneOf('UTC'), 0)).toBeNull();
    expect(nextCronInstant(parseCron('0 * 30 2 *'), timeZoneOf('Europe/Berlin'), 0)).toBeNull();
  });

  test.each([
    ['61 * * * *', 'invalid cron: minute: expected 0 to 59, got 61 ("61 * * * *")'],
    ['* 24 * * *', 'invalid cron: hour: expected 0 to 23, got 24 ("* 24 * * *")'],
    ['* * 0 * *', 'invalid cron: day-of-month: expected 1 to 31, got 0 ("* * 0 * *")'],
    ['* * * x *', 'invalid cron: month: expected 1 to 12 or jan to dec, got "x" ("* * * x *")'],
    ['* * * * 8', 'invalid cron: day-of-week: expected 0 to 7 or sun to sat, got 8 ("* * * * 8")'],
    ['*/0 * * * *', 'invalid cron: minute: expected a step such as */5, got "*/0" ("*/0 * * * *")'],
    ['5/10 * * * *', 'invalid cron: minute: expected * or a range before the step, got "5/10" ("5/10 * * * *")'],
    ['30-10 * * * *', 'invalid cron: minute: expected a range that grows, got "30-10" ("30-10 * * * *")'],
    ['1,,2 * * * *', 'invalid cron: minute: expected 0 to 59, got nothing ("1,,2 * * * *")'],
    ['* * * *', 'invalid cron: expected five fields (minute hour day-of-month month day-of-week), got 4 ("* * * *")'],
    ['* * * * * *', 'invalid cron: expected five fields (minute hour day-of-month month day-of-week), got 6 ("* * * * * *")'],
    ['@reboot', 'invalid cron: expected one of @hourly, @daily, @weekly, @monthly, @yearly, or five fields ("@reboot")'],
  ])('%s is refused in plain words', (expression, message) => {
    expect(cronExpression.safeParse(expression).error?.issues).toMatchObject([{ message }]);
  });

  test('no text makes it fail otherwise', () => {
    const field = fc.stringMatching(/^[0-9*,/a-z-]{0,6}$/);
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(field, { minLength: 5, maxLength: 5 }).map((fields) => fields.join(' ')),
        ),
        (text) => {
          const read = cronExpression.safeParse(text);
          if (read.success) nextCronInstant(parseCron(read.data), timeZoneOf('UTC'), 0);
          else expect(read.error.issues[0]?.message).toMatch(/^invalid cron: /);
        },
      ),
    );
  });
});

describe('over a change of the clocks', () => {
  test.each([
    // Forward: 02:00 becomes 03:00 at 01:00 UTC.
    ['30 2 * * *', 'Europe/Berlin', ['2026-03-28T00:00', '2026-03-30T12:00'], ['2026-03-28T01:30', '2026-03-29T01:00', '2026-03-30T00:30']],
    ['*/20 2 * * *', 'Europe/Berlin', ['2026-03-29T00:00', '2026-03-30T00:00'], ['2026-03-29T01:00']],
    ['0 2,3 * * *', 'Europe/Berlin', ['2026-03-29T00:00', '2026-03-30T00:00'], ['2026-03-29T01:00']],
    ['30 * * * *', 'Europe/Berlin', ['2026-03-29T00:00', '2026-03-29T03:00'], ['2026-03-29T00:30', '2026-03-29T01:30', '2026-03-29T02:30']],
    ['0 */2 * * *', 'Europe/Berlin', ['2026-03-28T23:00', '2026-03-29T04:00'], ['2026-03-28T23:00', '2026-03-29T02:00']],
    // Back: 03:00 becomes 02:00 at 01:00 UTC.
    ['30 2 * * *', 'Europe/Berlin', ['2026-10-24T12:00', '2026-10-26T12:00'], ['2026-10-25T00:30', '2026-10-26T01:30']],
    ['30 * * * *', 'Europe/Berlin', ['2026-10-25T00:00', '2026-10-25T03:00'], ['2026-10-25T00:30', '2026-10-25T01:30', '2026-10-25T02:30']],
    [
      '15 */2 * * *',
      'Europe/Berlin',
      ['2026-10-24T22:00', '2026-10-25T04:00'],
      ['2026-10-24T22:15', '2026-10-25T00:15', '2026-10-25T01:15', '2026-10-25T03:15'],
    ],
    ['30 2 * * *', 'America/New_York', ['2026-03-07T12:00', '2026-03-09T12:00'], ['2026-03-08T07:00', '2026-03-09T06:30']],
    ['30 1 * * *', 'America/New_York', ['2026-10-31T12:00', '2026-11-02T12:00'], ['2026-11-01T05:30', '2026-11-02T06:30']],
    // Half an hour: 02:00 becomes 02:30 on 4 October (15:30 UTC the day before), 02:00 becomes 01:30 on 5 April.
    ['15 2 * * *', 'Australia/Lord_Howe', ['2026-10-03T12:00', '2026-10-04T16:00'], ['2026-10-03T15:30', '2026-10-04T15:15']],
    ['45 1 * * *', 'Australia/Lord_Howe', ['2026-04-04T12:00', '2026-04-05T16:00'], ['2026-04-04T14:45', '2026-04-05T15:15']],
    ['45 * * * *', 'Australia/Lord_Howe', ['2026-04-04T14:00', '2026-04-04T17:00'], ['2026-04-04T14:45', '2026-04-04T15:15', '2026-04-04T16:15']],
    // Midnight itself did not exist on 4 November 2018, and was shown twice on 18 February of that year.
    ['0 0 * * *', 'America/Sao_Paulo', ['2018-11-03T12:00', '2018-11-05T12:00'], ['2018-11-04T03:00', '2018-11-05T02:00']],
    ['30 23 * * *', 'America/Sao_Paulo', ['2018-02-17T12:00', '2018-02-19T12:00'], ['2018-02-18T01:30', '2018-02-19T02:30']],
    ['30 */1 17 2 *', 'America/Sao_Paulo', ['2018-02-18T00:00', '2018-02-19T12:00'], ['2018-02-18T00:30', '2018-02-18T01:30', '2018-02-18T02:30']],
    // Today it has no changes.
    ['0 0 * * *', 'America/Sao_Paulo', ['2026-10-17T12:00', '2026-10-19T12:00'], ['2026-10-18T03:00', '2026-10-19T03:00']],
    // No changes, an offset of 5:45.
    ['0 12 * * *', 'Asia/Kathmandu', ['2026-03-29T00:00', '2026-03-30T00:00'], ['2026-03-29T06:15']],
    // A whole day left out: 30 December 2011.
    [
      '0 12 * * *',
      'Pacific/Apia',
      ['2011-12-29T12:00', '2012-01-01T00:00'],
      ['2011-12-29T22:00', '2011-12-30T10:00', '2011-12-30T22:00', '2011-12-31T22:00'],
    ],
  ] as const)('%s in %s, %j', (expression, zone, [from, to], expected) => {
    expect(due(expression, zone, [from, to])).toEqual(expected);
  });

  /** What the zone's clock shows, by `Intl` alone. */
  function shown(zone: string, at: number): string {
    const clock = clocks.get(zone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
    clocks.set(zone, clock);
    return clock.format(at);
  }
  const clocks = new Map<string, Intl.DateTimeFormat>();
  const list = (max: number, min = 0) => fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 4 });
  const changes = fc.constantFrom<[zone: string, at: string]>(
    ['Europe/Berlin', '2026-03-29T01:00Z'],
    ['Europe/Berlin', '2026-10-25T01:00Z'],
    ['America/New_York', '2026-03-08T07:00Z'],
    ['America/New_York', '2026-11-01T06:00Z'],
    ['Australia/Lord_Howe', '2026-10-03T15:30Z'],
    ['Australia/Lord_Howe', '2026-04-04T15:00Z'],
    ['America/Sao_Paulo', '2018-11-04T03:00Z'],
    ['America/Sao_Paulo', '2018-02-18T02:00Z'],
    ['Africa/Casablanca', '2026-02-15T02:00Z'],
    ['Africa/Casablanca', '2026-03-22T02:00Z'],
    ['Asia/Kathmandu', '2026-03-29T01:00Z'],
  );

  test('agrees with the wall clock, read minute by minute', () => {
    fc.assert(
      fc.property(changes, list(59), fc.option(list(23)), fc.integer({ min: 1, max: 5 }), (change, minutes, hours, step) => {
        const [zone, text] = change;
        const start = Date.parse(text) - 12 * HOUR;
        const end = start + DAY;
        const matches = (reading: string): boolean => {
          const hour = Number(reading.slice(11, 13));
          return minutes.includes(Number(reading.slice(14, 16))) && (hours === null ? hour % step === 0 : hours.includes(hour));
        };
        const readings: { at: number; text: string }[] = [];
        for (let at = start - 2 * HOUR; at < end; at += MINUTE) readings.push({ at, text: shown(zone, at) });
        const expected = new Set<number>();
        const seen = new Set<string>();
        for (const [i, { at, text: reading }] of readings.entries()) {
          const before = readings[i - 1];
          // A jump of the wall clock: the readings it left out.
          const from = before === undefined ? NaN : Date.parse(`${before.text.replace(' ', 'T')}Z`) + MINUTE;
          const left: string[] = [];
          for (let local = from; local < Date.parse(`${reading.replace(' ', 'T')}Z`); local += MINUTE) {
            left.push(new Date(local).toISOString().slice(0, 16).replace('T', ' '));
          }
          const named = hours !== null;
          if (named && left.some(matches)) expected.add(at);
          if (matches(reading) && !(named && seen.has(reading))) expected.add(at);
          seen.add(reading);
        }
        const expression = `${minutes.join(',')} ${hours === null ? `*/${step}` : hours.join(',')} * * *`;
        expect(instants(expression, zone, [start, end])).toEqual([...expected].filter((at) => at >= start));
      }),
      { numRuns: 60 },
    );
  });
});
