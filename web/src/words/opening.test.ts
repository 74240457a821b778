import { describe, expect, test } from 'vitest';
import { aResult, anAgent, NOW } from '../../test/fixtures.ts';
import { opening, subjectOpening } from './opening.ts';
import { sentenceText } from './sentence.ts';

const failure = { source: 'target', code: 'refused', message: 'the connection was refused.' } as const;
const many = (count: number, change: Parameters<typeof aResult>[0] = {}) =>
  Array.from({ length: count }, (_, i) => aResult({ id: `${change.kind ?? 'ping'}-${change.destination ?? 'gateway'}-${i}`, ...change }));
const textOf = ({ sentences }: ReturnType<typeof opening>): string => sentences.map(sentenceText).join(' ');
const said = (...given: Parameters<typeof opening>): string => textOf(opening(...given));

describe('the opening sentence', () => {
  test('says that all is well', () => {
    const one = opening([anAgent()], { items: many(4), complete: true }, NOW);
    expect(textOf(one)).toBe('The agent workshop is online. All 4 measurements succeeded in the last 5 minutes.');
    expect(one.tone).toBe('good');
    const two = [anAgent(), anAgent({ id: 2, name: 'berlin' })];
    expect(said(two, { items: many(1), complete: true }, NOW)).toBe('All 2 agents are online. The one measurement in the last 5 minutes succeeded.');
  });

  test('says what fails and where', () => {
    const items = [...many(3), aResult({ id: 'f', status: 'failed', failure, agent: 'berlin' })];
    expect(said([anAgent(), anAgent({ id: 2, name: 'berlin' })], { items, complete: true }, NOW)).toBe(
      'All 2 agents are online. 3 of 4 measurements succeeded in the last 5 minutes. Ping to gateway failed on berlin: the connection was refused.',
    );
  });

  test('leads from the names to what they name', () => {
    const { sentences } = opening([anAgent()], { items: many(1, { status: 'failed', failure }), complete: true }, NOW);
    expect(sentences.flat().filter((part) => typeof part !== 'string')).toEqual([
      { to: 'agent', name: 'workshop' },
      { to: 'destination', name: 'gateway' },
      { to: 'agent', name: 'workshop' },
    ]);
  });

  test('names two failures and counts the rest', () => {
    const items = ['a', 'b', 'c', 'd'].flatMap((destination) => many(1, { destination, status: 'failed', failure }));
    expect(said([anAgent()], { items, complete: true }, NOW)).toMatch(/Ping to a failed .* Ping to b failed .* 2 other measurements failed too\.$/);
  });

  test('says which agents are silent, and leaves out those that are not ours', () => {
    const agents = [anAgent(), anAgent({ id: 2, name: 'berlin', state: 'offline' }), anAgent({ id: 3, name: 'gone', state: 'revoked' })];
    const spoken = opening(agents, { items: many(1), complete: true }, NOW);
    expect(textOf(spoken)).toMatch(/^1 of 2 agents is online\. berlin is silent\./);
    expect(spoken.tone).toBe('bad');
    expect(said([anAgent({ state: 'offline' })], { items: [], complete: true }, NOW)).toMatch(/^The agent workshop is silent\./);
    const gone = ['a', 'b', 'c'].map((name, id) => anAgent({ id, name, state: 'offline' }));
    expect(said(gone, { items: [], complete: true }, NOW)).toMatch(/^None of 3 agents is online\. a, b and 1 more are silent\./);
  });

  test('does not call silence success', () => {
    const old = many(3, { started_at: NOW - 6 * 60_000 });
    expect(opening([anAgent()], { items: old, complete: true }, NOW)).toMatchObject({
      tone: 'attention',
      sentences: [expect.anything(), ['Nothing was measured in the last 5 minutes.']],
    });
    expect(said([anAgent()], { items: [], complete: true }, NOW)).toContain('Nothing has been measured yet.');
  });

  test('counts only what it knows where the five minutes hold more', () => {
    expect(said([anAgent()], { items: many(200), complete: false }, NOW)).toContain('The latest 200 measurements all succeeded.');
  });

  test('says what was skipped, and does not count it', () => {
    const items = [...many(2), aResult({ id: 's', status: 'skipped', failure })];
    expect(said([anAgent()], { items, complete: true }, NOW)).toMatch(/All 2 measurements succeeded .* 1 run was skipped\.$/);
  });

  test('says that there is no agent', () => {
    expect(said([], { items: [], complete: true }, NOW)).toBe('No agent has connected yet.');
  });

  test('of a destination counts its agents, and that of an agent does not', () => {
    const results = [...many(2), aResult({ id: 'x', agent: 'berlin' })];
    expect(textOf(subjectOpening('destination', results, NOW))).toBe('All 3 measurements by 2 agents succeeded in the last 5 minutes.');
    expect(textOf(subjectOpening('agent', many(2, { status: 'failed', failure }), NOW))).toBe(
      'None of 2 measurements succeeded in the last 5 minutes. Ping to gateway failed on workshop: the connection was refused.',
    );
    expect(textOf(subjectOpening('agent', [], NOW))).toBe('Nothing was measured here in the last 5 minutes.');
  });
});
