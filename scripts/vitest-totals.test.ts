import { describe, expect, test } from 'vitest';
import { vitestTotals, type VitestReport } from './vitest-totals.ts';

function report(changes: Partial<VitestReport> = {}): VitestReport {
  return { numPassedTests: 5, numFailedTests: 0, numPendingTests: 2, numTodoTests: 1, testResults: [], ...changes };
}

describe('the totals of a test run', () => {
  test('are those of the report', () => {
    expect(vitestTotals(report(), 0)).toEqual({ passed: 5, failed: 0, skipped: 3 });
  });

  test('count a file that did not load as one failure', () => {
    const testResults = [
      { status: 'failed', assertionResults: [] },
      { status: 'failed', assertionResults: [{ status: 'passed' }, { status: 'failed' }] },
      { status: 'passed', assertionResults: [{ status: 'passed' }] },
    ];
    expect(vitestTotals(report({ numFailedTests: 1, testResults }), 1)).toEqual({ passed: 5, failed: 2, skipped: 3 });
  });

  test('count an error that no test owns as one failure', () => {
    expect(vitestTotals(report(), 1).failed).toBe(1);
  });

  test('are one failure where there is no report', () => {
    expect(vitestTotals(null, 1)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});
