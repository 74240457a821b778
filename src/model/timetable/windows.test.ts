import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { timeZoneOf } from './time-zone.ts';
import { timeWindow, weekdays, WeeklyWindows, type TimeWindow, type Weekday } from './windows.ts';

const at = (text: string): number => Date.parse(`${text}Z`);
const every = [...weekdays];
const window = (days: readonly Weekday[], from: string, to: string): TimeWindow => ({ days, from, to });

/** The spans that close after one instant and open before another, as ISO texts without seconds. */
function spans(windows: readonly TimeWindow[], zone: string, [from, to]: [string, string]): string[] {
  const weekly = new WeeklyWindows(windows, timeZoneOf(zone));
  const found: string[] = [];
  for (let span = weekly.spanAfter(at(from)); span !== null && span.open < at(to); span = weekly.spanAfter(span.close)) {
    found.push(`${new Date(span.open).toISOString().slice(5, 16)} ${new Date(span.close).toISOString().slice(5, 16)}`);
  }
  return found;
}

describe('weekly windows', () => {
  // 2026-11-22 is a Sunday.
  test.each<[string, TimeWindow[], string[]]>([
    ['of some days', [window(['mon', 'wed'], '09:00', '17:00')], ['11-23T09:00 11-23T17:00', '11-25T09:00 11-25T17:00']],
    ['over midnight', [window(['mon', 'sun'], '22:00', '06:00')], ['11-22T22:00 11-23T06:00', '11-23T22:00 11-24T06:00']],
    ['to the end of the day', [window(['sun'], '20:00', '24:00')], ['11-22T20:00 11-23T00:00']],
    [
      'that overlap',
      [window(['mon'], '09:00', '12:00'), window(['mon', 'tue'], '11:00', '13:00')],
      ['11-23T09:00 11-23T13:00', '11-24T11:00 11-24T13:00'],
    ],
    ['that touch', [window(['mon'], '09:00', '12:00'), window(['mon'], '12:00', '13:00')], ['11-23T09:00 11-23T13:00']],
    ['whole days in a row, over the end of the week', [window(['sun', 'mon'], '00:00', '24:00')], ['11-22T00:00 11-24T00:00']],
    [
      'over the end of the week, with another there',
      [window(['sun'], '22:00', '06:00'), window(['mon'], '05:00', '08:00')],
      ['11-22T22:00 11-23T08:00'],
    ],
    ['without any', [], []],
  ])('%s', (_, windows, expected) => {
    expect(spans(windows, 'UTC', ['2026-11-22T12:00', '2026-11-26T12:00'])).toEqual(expected);
  });

  test('that leave no time out are always open', () => {
    const always = (windows: TimeWindow[]): boolean => new WeeklyWindows(windows, timeZoneOf('Europe/Berlin')).always;
    expect(always([window(every, '00:00', '24:00')])).toBe(true);
    expect(always([window(every, '12:00', '00:00'), window(every, '23:00', '12:00')])).toBe(true);
    expect(always([window(every, '00:01', '24:00')])).toBe(false);
  });

  test.each<[string, string, TimeWindow[], [string, string], string[]]>([
    [
      'an opening in the gap is its end',
      'Europe/Berlin',
      [window(['sun'], '02:30', '05:00')],
      ['2026-03-28T12:00', '2026-03-30T00:00'],
      ['03-29T01:00 03-29T03:00'],
    ],
    [
      'a closing in the gap is its end',
      'Europe/Berlin',
      [window(['sun'], '01:00', '02:30')],
      ['2026-03-28T12:00', '2026-03-30T00:00'],
      ['03-29T00:00 03-29T01:00'],
    ],
    ['one within the gap is not', 'Europe/Berlin', [window(['sun'], '02:10', '02:50')], ['2026-03-28T12:00', '2026-03-30T00:00'], []],
    [
      'a repeated opening is the first',
      'Europe/Berlin',
      [window(['sun'], '02:30', '05:00')],
      ['2026-10-24T12:00', '2026-10-26T00:00'],
      ['10-25T00:30 10-25T04:00'],
    ],
    [
      'a repeated closing is the last',
      'Europe/Berlin',
      [window(['sun'], '01:00', '02:30')],
      ['2026-10-24T12:00', '2026-10-26T00:00'],
      ['10-24T23:00 10-25T01:30'],
    ],
    [
      'two that meet only in a repeated hour are one',
      'Europe/Berlin',
      [window(['sun'], '01:00', '02:30'), window(['sun'], '02:45', '04:00')],
      ['2026-10-24T12:00', '2026-10-26T00:00'],
      ['10-24T23:00 10-25T03:00'],
    ],
    [
      'the night of the change is an hour shorter',
      'America/New_York',
      [window(['sat'], '22:00', '06:00')],
      ['2026-03-07T12:00', '2026-03-09T00:00'],
      ['03-08T03:00 03-08T10:00'],
    ],
    [
      'and an hour longer',
      'America/New_York',
      [window(['sat'], '22:00', '06:00')],
      ['2026-10-31T12:00', '2026-11-02T00:00'],
      ['11-01T02:00 11-01T11:00'],
    ],
    [
      'half an hour, in the south',
      'Australia/Lord_Howe',
      [window(['sun'], '01:45', '03:00')],
      ['2026-04-04T12:00', '2026-04-05T12:00'],
      ['04-04T14:45 04-04T16:30'],
    ],
    [
      'a gap at midnight',
      'America/Sao_Paulo',
      [window(['sun'], '00:00', '02:00')],
      ['2018-11-03T12:00', '2018-11-05T00:00'],
      ['11-04T03:00 11-04T04:00'],
    ],
    ['a day that was left out', 'Pacific/Apia', [window(['fri'], '09:00', '17:00')], ['2011-12-28T00:00', '2012-01-02T00:00'], []],
  ])('over a change of the clocks: %s', (_, zone, windows, during, expected) => {
    expect(spans(windows, zone, during)).toEqual(expected);
  });
});

describe('a window on the wire', () => {
  test.each([
    [['mon'], ['mon']],
    [
      ['sun', 'Mon', 'mon'],
      ['mon', 'sun'],
    ],
    [['weekdays'], ['mon', 'tue', 'wed', 'thu', 'fri']],
    [
      ['weekend', 'fri'],
      ['fri', 'sat', 'sun'],
    ],
    [['fri-mon'], ['mon', 'fri', 'sat', 'sun']],
    [['daily'], every],
  ])('takes the days %j', (days, expected) => {
    const read = timeWindow.parse({ days, from: '09:00', to: '17:00' });
    expect(read).toEqual({ days: expected, from: '09:00', to: '17:00' });
    expect(z.encode(timeWindow, read)).toEqual(read);
  });

  test.each([
    [{ days: ['moon'] }, 'invalid day: expected mon, tue, wed, thu, fri, sat, sun, a range such as mon-fri, weekdays, weekend or daily, got "moon"'],
    [
      { days: ['mon-xxx'] },
      'invalid day: expected mon, tue, wed, thu, fri, sat, sun, a range such as mon-fri, weekdays, weekend or daily, got "mon-xxx"',
    ],
    [{ days: [] }, 'invalid days: expected at least one, such as mon or weekdays, got none'],
    [{ from: '9:00' }, 'invalid from: expected 00:00 to 23:59, got "9:00"'],
    [{ from: '24:00' }, 'invalid from: expected 00:00 to 23:59, got "24:00"'],
    [{ from: undefined }, 'invalid from: expected a time such as "09:00", got nothing'],
    [{ from: 900 }, 'invalid from: expected a time such as "09:00", got 900'],
    [{ to: '24:01' }, 'invalid to: expected 00:00 to 24:00, got "24:01"'],
    [{ to: '09:00' }, 'invalid to: expected another time than from; a whole day is 00:00 to 24:00, got "09:00"'],
  ])('%j is refused in plain words', (over, message) => {
    expect(timeWindow.safeParse({ days: ['mon'], from: '09:00', to: '17:00', ...over }).error?.issues).toMatchObject([{ message }]);
  });
});
