import { describe, expect, test } from 'vitest';
import { durationText, parseDuration } from './duration.ts';

describe('a duration', () => {
  test.each([
    ['90', 90],
    ['90s', 90],
    ['5m', 300],
    ['1.5h', 5400],
    ['30d', 2_592_000],
  ])('%s is %d seconds', (text, seconds) => {
    expect(parseDuration(text, '--interval')).toBe(seconds);
  });

  test.each(['', 'soon', '5 minutes', '-5m', '1w', '5m5s'])('%j is none', (text) => {
    expect(() => parseDuration(text, '--interval')).toThrow('invalid --interval: expected a time such as 90s, 5m, 1h or 30d');
  });

  test.each([
    [60, '1m'],
    [90, '90s'],
    [3600, '1h'],
    [5400, '90m'],
    [86_400, '1d'],
  ])('%d seconds are written %s', (seconds, text) => {
    expect(durationText(seconds)).toBe(text);
    expect(parseDuration(text, '--interval')).toBe(seconds);
  });
});
