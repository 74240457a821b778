import { describe, expect, test } from 'vitest';
import type { Figure } from './bench.ts';
import { figureTable, isMet } from './figures.ts';

const rate: Figure = { value: 52_250, target: 50_000, better: 'higher', unit: '1/s' };
const memory: Figure = { value: 91.5, target: 90, better: 'lower', unit: 'MB' };

describe('figures', () => {
  test('meet a target in the direction that is better, and by reaching it exactly', () => {
    expect(isMet(rate)).toBe(true);
    expect(isMet({ ...rate, value: 49_999 })).toBe(false);
    expect(isMet(memory)).toBe(false);
    expect(isMet({ ...memory, value: 90 })).toBe(true);
  });

  test('without a target are neither met nor missed', () => {
    expect(isMet({ value: 1, better: 'lower', unit: 'ms' })).toBeNull();
  });

  test('print as a table with target and verdict', () => {
    expect(figureTable({ results_per_s: rate, memory_mb: memory, informs: { value: 3, better: 'lower', unit: 'ms' } }, false)).toEqual([
      'results_per_s  52,250 1/s  >= 50,000  met',
      'memory_mb         91.5 MB  <= 90      missed',
      'informs              3 ms',
    ]);
  });

  test('of a smoke run claim nothing', () => {
    expect(figureTable({ results_per_s: rate }, true)).toEqual(['results_per_s  52,250 1/s  >= 50,000  smoke']);
  });
});
