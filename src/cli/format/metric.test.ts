import { expect, test } from 'vitest';
import type { Unit } from '../../model/units.ts';
import { formatMetric } from './metric.ts';

test.each<[number, Unit, number, string]>([
  [12.3456, 'ms', 2, '12.35 ms'],
  [0.0345, 'ms', 2, '0.035 ms'],
  [0.00001, 'ms', 2, '0.000 ms'],
  [0, 'pct', 1, '0 %'],
  [33.333, 'pct', 1, '33.3 %'],
  [512.4, 'mb', 0, '512 MiB'],
  [79_649, 'mb', 0, '77.8 GiB'],
  [999, 'bytes', 0, '999 bytes'],
  [12_345_678, 'bytes', 0, '12.3 MB'],
  [29.97, 'days', 0, '29 days'],
  [-1.5, 'days', 0, '-2 days'],
  [59.4, 's', 0, '59 s'],
  [3725, 's', 0, '1 h 2 min'],
  [0.2, 's', 0, '0.20 s'],
  [200, 'code', 0, '200'],
])('%d %s is %s', (value, unit, decimals, text) => {
  expect(formatMetric(value, { unit, decimals })).toBe(text);
});
