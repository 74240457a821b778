import { describe, expect, test } from 'vitest';
import type { Result } from '../../../src/model/result.ts';
import { aDestination, aJob, anAgent, aResult, NOW } from '../../test/fixtures.ts';
import type { Opening } from './fleet.ts';
import { agentOpening, opening, subjectOpening, type OpeningFrom } from './opening.ts';
import { sentenceText } from './sentence.ts';
import { sinceText } from './time.ts';

const MINUTE = 60_000;
const failure = { source: 'target', code: 'refused', message: 'the connection was refused.' } as const;
const many = (count: number, change: Parameters<typeof aResult>[0] = {}) =>
  Array.from({ length: count }, (_, i) => aResult({ id: `${change.kind ?? 'ping'}-${change.destination ?? 'gateway'}-${i}`, ...change }));
const textOf = ({ sentences }: Opening): string => sentences.map(sentenceText).join(' ');
const can = { available: true, tool: 'x', version: null, note: null };
const workshop = anAgent({ capabilities: { ping: can } });

function openingOf(items: readonly Result[], given: Partial<OpeningFrom> & { complete?: boolean } = {}): Opening {
  const { complete = true, ...rest } = given;
  return opening({ agents: [workshop], destinations: [aDestination()], jobs: [], recent: { items, complete }, ...rest }, NOW);
}
const said = (...given: Parameters<typeof openingOf>): string => textOf(openingOf(...given)).replace('The agent workshop is online. ', '');

describe('the opening sentence', () => {
  test.each([
    [1, 'The one measurement in the last 5 minutes succeeded.'],
    [2, 'Both measurements succeeded in the last 5 minutes.'],
    [4, 'All 4 measurements succeeded in the last 5 minutes.'],
  ])('says that all %d are well', (count, words) => {
    expect(said(many(count))).toBe(words);
    expect(openingOf(many(count)).tone).toBe('good');
  });

  test('says what fails and where', () => {
    const items = [...many(3), aResult({ id: 'f', status: 'failed', failure, agent: 'berlin' })];
    expect(said(items)).toBe('3 of 4 measurements succeeded in the last 5 minutes. Ping to gateway failed on berlin: the connection was refused.');
    expect(said(many(2, { status: 'failed', failure }))).toMatch(/^Neither of 2 measurements succeeded/);
    expect(said(many(1, { status: 'failed', failure }))).toMatch(/^The one measurement in the last 5 minutes failed\./);
  });

  test('leads from the names to what they name', () => {
    const { sentences } = openingOf(many(1, { status: 'failed', failure }));
    expect(sentences.flat().filter((part) => typeof part !== 'string')).toEqual([
      { to: 'agent', name: 'workshop' },
      { to: 'destination', name: 'gateway' },
      { to: 'agent', name: 'workshop' },
    ]);
  });

  test('names two failures and counts the rest', () => {
    const items = ['a', 'b', 'c', 'd'].flatMap((destination) => many(1, { destination, status: 'failed', failure }));
    expect(said(items)).toMatch(/Ping to a failed .* Ping to b failed .* 2 other measurements failed too\.$/);
  });

  test('does not call silence success, and says since when', () => {
    const at = NOW - 6 * MINUTE;
    const silent = openingOf(many(3, { started_at: at }));
    expect(silent.tone).toBe('attention');
    expect(textOf(silent)).toContain(`Nothing has been measured since ${sinceText(at, NOW)}.`);
    expect(said([])).toBe('Nothing has been measured yet.');
  });

  test('counts within the time of the job that runs most often, as the matrix does', () => {
    const items = many(2, { started_at: NOW - 11 * MINUTE, job_id: 1 });
    const jobs = [aJob({ interval: 300, destinations: ['gateway'], since: 0 })];
    expect(said(items, { jobs })).toBe('Both measurements succeeded in the last 13 minutes.');
    expect(said(items, { jobs: [aJob({ interval: 60, destinations: ['gateway'], since: 0 })] })).toMatch(
      /^Nothing has been measured since .*\. 1 measurement is overdue\.$/,
    );
  });

  test('says what is overdue by its own job, however often another runs', () => {
    const jobs = [
      aJob({ id: 1, destinations: ['gateway'], since: 0 }),
      aJob({ id: 2, kinds: ['dns'], interval: 3600, destinations: ['gateway'], since: 0 }),
    ];
    const agents = [anAgent({ capabilities: { ping: can, dns: can } })];
    const dns = (ageMs: number) => aResult({ id: 'dns', kind: 'dns', job_id: 2, started_at: NOW - ageMs });
    expect(said([...many(2), dns(140 * MINUTE)], { jobs, agents })).toBe('Both measurements succeeded in the last 5 minutes.');
    expect(said([...many(2), dns(160 * MINUTE)], { jobs, agents })).toBe(
      'Both measurements succeeded in the last 5 minutes. 1 measurement is overdue.',
    );
    expect(said([...many(2), { ...dns(140 * MINUTE), status: 'failed', failure }], { jobs, agents })).toMatch(
      /^Both measurements succeeded .*minutes\. DNS .*to gateway failed on workshop/,
    );
  });

  test('does not call overdue what it cannot know, or what a silent agent owes', () => {
    const jobs = [aJob({ id: 1, kinds: ['dns'], interval: 3600, destinations: ['gateway'], since: 0 })];
    const agents = [anAgent({ capabilities: { dns: can } })];
    expect(said(many(2), { jobs, agents, complete: false })).not.toContain('overdue');
    expect(said(many(2), { jobs, agents })).toContain('1 measurement is overdue.');
    const gone = [anAgent({ state: 'offline', capabilities: { dns: can } })];
    expect(said(many(2), { jobs, agents: gone })).not.toContain('measurement is overdue');
  });

  test('says nothing of what was measured at, or by, something that has been removed', () => {
    const items = [
      ...many(2),
      aResult({ id: 'x', destination: 'old', destination_id: 9, status: 'failed', failure }),
      aResult({ id: 'y', agent_id: 9 }),
    ];
    expect(said(items)).toBe('Both measurements succeeded in the last 5 minutes.');
  });

  test('counts only what it knows where that time holds more', () => {
    expect(said(many(200), { complete: false })).toContain('The latest 200 measurements all succeeded.');
  });

  test('says what was skipped, and does not count it', () => {
    expect(said([...many(2), aResult({ id: 's', status: 'skipped', failure })])).toMatch(/^Both measurements succeeded .* 1 run was skipped\.$/);
    expect(said([aResult({ status: 'skipped', failure })])).toBe('Nothing was measured in the last 5 minutes. 1 run was skipped.');
  });

  test('says that there is no agent', () => {
    expect(said([], { agents: [] })).toBe('No agent has connected yet.');
  });
});

describe('the opening of one thing', () => {
  test('of a destination counts its agents, and that of an agent does not', () => {
    const results = [...many(2), aResult({ id: 'x', agent: 'berlin' })];
    expect(textOf(subjectOpening('destination', { results, intervalS: 60 }, NOW))).toBe(
      'All 3 measurements by 2 agents succeeded in the last 5 minutes.',
    );
    expect(textOf(subjectOpening('agent', { results: many(3, { status: 'failed', failure }), intervalS: 60 }, NOW))).toBe(
      'None of 3 measurements succeeded in the last 5 minutes. Ping to gateway failed on workshop: the connection was refused.',
    );
  });

  test('says since when it is old, by the interval it is measured at', () => {
    const results = many(1, { started_at: NOW - 12 * MINUTE });
    const old = subjectOpening('destination', { results, intervalS: 60 }, NOW);
    expect(old.tone).toBe('attention');
    expect(textOf(old)).toBe(`Nothing has been measured here since ${sinceText(NOW - 12 * MINUTE, NOW)}.`);
    expect(textOf(subjectOpening('destination', { results, intervalS: 300 }, NOW))).toBe('The one measurement in the last 13 minutes succeeded.');
    expect(subjectOpening('destination', { results, intervalS: null }, NOW).tone).toBe('unknown');
    expect(textOf(subjectOpening('agent', { results: [], intervalS: null }, NOW))).toBe('Nothing has been measured here yet.');
  });

  test('of a machine that only posts says when its newest result is from, and asks for nothing', () => {
    const at = NOW - 40 * 86_400_000;
    const external = anAgent({ state: 'external', spool: null });
    const spoken = agentOpening(external, { results: many(3, { started_at: at }), intervalS: null }, NOW);
    expect(spoken.tone).toBe('unknown');
    expect(textOf(spoken)).toBe(`This machine only posts results. The newest is from ${sinceText(at, NOW)}.`);
    expect(textOf(agentOpening(external, { results: [], intervalS: null }, NOW))).toBe('This machine only posts results. There is none yet.');
  });

  test('of an agent that is silent says since when', () => {
    const from = { results: [], intervalS: null };
    const at = NOW - 60 * MINUTE;
    expect(textOf(agentOpening(anAgent({ state: 'offline', last_seen_at: at }), from, NOW))).toMatch(
      `It has been silent since ${sinceText(at, NOW)}.`,
    );
    expect(textOf(agentOpening(anAgent({ state: 'offline', last_seen_at: null }), from, NOW))).toMatch('It has never connected.');
  });
});
