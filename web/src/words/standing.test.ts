import { describe, expect, test } from 'vitest';
import { aDestination, aJob, anAgent, aResult, NOW } from '../../test/fixtures.ts';
import { cellState, compareStanding, standing, type StandingFrom } from './standing.ts';

const can = { available: true, tool: 'x', version: null, note: null };
const berlin = anAgent({ id: 1, name: 'berlin', capabilities: { ping: can, system: can } });
const paris = anAgent({ id: 2, name: 'paris', capabilities: { ping: can, system: { ...can, available: false } } });
const destinations = [aDestination({ id: 1, name: 'gw', tags: ['edge'] }), aDestination({ id: 2, name: 'off', status: 'inactive', tags: ['edge'] })];
const base: StandingFrom = { agents: [berlin, paris], destinations, jobs: [], results: [] };
const shape = (from: StandingFrom): unknown[] =>
  standing(from).map(({ kind, destination, cells }) => [
    kind,
    destination,
    ...[...cells.entries()].map(([id, cell]) => [id, cell.result?.id ?? null]),
  ]);

describe('how things stand', () => {
  test('what a job plans is there before it reports, as far as each agent can measure it', () => {
    const jobs = [aJob({ kinds: ['ping', 'system'], destinations: ['tag:edge'] })];
    expect(shape({ ...base, jobs })).toEqual([
      ['ping', 'gw', [1, null], [2, null]],
      ['system', null, [1, null]],
    ]);
  });

  test('a job that is stopped, or is for others, plans nothing', () => {
    const jobs = [aJob({ destinations: ['gw'], enabled: false }), aJob({ destinations: ['gw'], agents: ['oslo'] })];
    expect(shape({ ...base, jobs })).toEqual([]);
  });

  test('the newest result of each agent stands, also without a job', () => {
    const results = [aResult({ id: 'new', started_at: NOW }), aResult({ id: 'old', started_at: NOW - 9 }), aResult({ id: 'other', agent_id: 2 })];
    expect(shape({ ...base, results })).toEqual([['ping', 'gw', [1, 'new'], [2, 'other']]]);
  });

  test('what a job measured and plans no longer is history', () => {
    const results = [aResult({ id: 'old', kind: 'http', job_id: 3, status: 'failed' }), aResult({ id: 'now', job_id: 3 })];
    expect(shape({ ...base, jobs: [aJob({ id: 3, destinations: ['gw'], agents: ['berlin'] })], results })).toEqual([['ping', 'gw', [1, 'now']]]);
  });

  test('what was removed does not stand', () => {
    const results = [aResult({ agent_id: 9 }), aResult({ destination_id: 9 })];
    expect(shape({ ...base, results })).toEqual([]);
  });

  test('failing comes first, then what is not known', () => {
    const results = [
      aResult({ id: 'a', kind: 'a' }),
      aResult({ id: 'z', kind: 'z', status: 'timeout', failure: { source: 'target', code: 'no_reply', message: 'm' } }),
    ];
    const rows = standing({ ...base, results, jobs: [aJob({ destinations: ['gw'] })] }).sort(compareStanding);
    expect(rows.map((row) => row.kind)).toEqual(['z', 'ping', 'a']);
  });

  test('a cell is as old as the job allows that measures it most often', () => {
    const MINUTE = 60_000;
    const jobs = [60, 300].map((interval) => aJob({ interval, destinations: ['gw'], since: NOW - 60 * MINUTE }));
    const cellAfter = (ageMs: number, planned = jobs): unknown => {
      const [row] = standing({ ...base, jobs: planned, results: [aResult({ started_at: NOW - ageMs, job_id: 1 })] });
      const cell = row?.cells.get(1);
      return cell && cellState(cell, NOW);
    };
    expect(cellAfter(4 * MINUTE)).toBe('fresh');
    expect(cellAfter(6 * MINUTE)).toBe('overdue');
    expect(cellAfter(6 * MINUTE, jobs.slice(1))).toBe('fresh');
    expect(cellAfter(13 * MINUTE, jobs.slice(1))).toBe('overdue');
  });

  test('what is planned since a moment ago is waited for, and what nobody plans is never overdue', () => {
    expect(cellState({ result: null, plan: { intervalS: 300, since: NOW - 60_000 } }, NOW)).toBe('waiting');
    expect(cellState({ result: null, plan: { intervalS: 300, since: NOW - 3_600_000 } }, NOW)).toBe('overdue');
    expect(cellState({ result: aResult({ started_at: 0 }), plan: null }, NOW)).toBe('posted');
  });

  test('what a timetable plans is not overdue between its times', () => {
    const plan = { intervalS: null, since: 0 };
    expect(cellState({ result: aResult({ started_at: 0 }), plan }, NOW)).toBe('fresh');
    expect(cellState({ result: null, plan }, NOW)).toBe('waiting');
  });
});
