import { describe, expect, test } from 'vitest';
import { aJob, NOW } from '../../test/fixtures.ts';
import { declaredText, forecastText, jobsOpening, megabytesText, nextText, reasonText, timesText, windowText } from './job-words.ts';
import { sinceText } from './time.ts';

const forecast = {
  agents: 2,
  runs_per_day: 1440,
  results_per_day: 1440,
  runs_per_month: 43_200,
  results_per_month: 43_200,
  megabytes_per_day: 0.2,
  megabytes_per_month: 6.04,
  per_agent_megabytes_per_day: 0.1,
  stored_megabytes_per_month: 12,
  warnings: [],
};

describe('words of a job', () => {
  test('instants of a reason stand in the own clock of the reader', () => {
    const at = Date.UTC(2026, 10, 22, 9, 30);
    expect(reasonText('runs are missing since 2026-11-22 09:30:00: a', NOW)).toBe(`runs are missing since ${sinceText(at, NOW)}: a`);
    expect(reasonText('stopped by hand', NOW)).toBe('stopped by hand');
  });

  test('the next run is near, or has a time', () => {
    expect(nextText(NOW - 1, NOW)).toBe('now');
    expect(nextText(NOW + 31_000, NOW)).toBe('in 40 s');
    expect(nextText(NOW + 240_000, NOW)).toBe('in 4 min');
    expect(nextText(NOW + 2 * 3_600_000, NOW)).toBe(sinceText(NOW + 2 * 3_600_000, NOW));
  });

  test('when it runs: how often, in which windows and zone, from when and until when', () => {
    expect(timesText(aJob({ interval: 300 }), NOW)).toBe('every 5 min');
    expect(timesText(aJob({ interval: null, cron: '0 8 * * mon', time_zone: 'Europe/Berlin' }), NOW)).toBe('at 0 8 * * mon (Europe/Berlin)');
    const windows = [{ days: ['mon' as const, 'tue' as const, 'wed' as const, 'fri' as const], from: '08:00', to: '18:00' }];
    const end = NOW + 3_600_000;
    expect(timesText(aJob({ interval: 60, windows, end_time: end }), NOW)).toBe(
      `every 1 min, mon-wed, fri 08:00 to 18:00 (UTC), until ${sinceText(end, NOW)}`,
    );
  });

  test('days of a window: a range where there are three or more, each by its name else', () => {
    expect(windowText({ days: ['sat', 'sun'], from: '00:00', to: '24:00' })).toBe('sat, sun 00:00 to 24:00');
    expect(windowText({ days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '22:00', to: '06:00' })).toBe('every day 22:00 to 06:00');
  });

  test('what a job will cost', () => {
    expect(forecastText(forecast)).toBe('1,440 runs and 0.2 MB a day by 2 agents; 6 MB a month.');
    expect(forecastText({ ...forecast, agents: 0 })).toBe('No agent would measure it.');
    expect(forecastText({ ...forecast, runs_per_day: 0 })).toBe('No run is planned.');
    expect([0, 0.001, 0.25, 12.34, 1234.5].map(megabytesText)).toEqual(['0 MB', 'less than 0.01 MB', '0.25 MB', '12.3 MB', '1,235 MB']);
  });

  test('how many there are of each state', () => {
    const of = (...states: ReturnType<typeof aJob>['state'][]) => jobsOpening(states.map((state) => aJob({ state })));
    expect(of()).toBe('No job tells the agents what to measure.');
    expect(of('running')).toBe('One job, and it is running.');
    expect(of('stopped', 'stopped')).toBe('2 jobs, all stopped.');
    expect(of('running', 'error', 'running')).toBe('3 jobs: 2 running, 1 in error.');
  });

  test('what a file declares is changed there', () => {
    expect(declaredText({ declared_by: null })).toBeNull();
    expect(declaredText({ declared_by: 'config.yaml' })).toBe('declared in config.yaml; change it there');
  });
});
