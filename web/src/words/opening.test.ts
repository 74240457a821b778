import { describe, expect, test } from 'vitest';
import { aResult, anAgent, NOW } from '../../test/fixtures.ts';
import { destinationOpening, opening } from './opening.ts';

const failure = { source: 'target', code: 'refused', message: 'the connection was refused.' } as const;
const many = (count: number, change: Parameters<typeof aResult>[0] = {}) =>
  Array.from({ length: count }, (_, i) => aResult({ id: `${change.kind ?? 'ping'}-${change.destination ?? 'gateway'}-${i}`, ...change }));
const said = (...given: Parameters<typeof opening>): string => opening(...given).sentences.join(' ');

describe('the opening sentence', () => {
  test('says that all is well', () => {
    const { tone, sentences } = opening([anAgent()], { items: many(4), complete: true }, NOW);
    expect(sentences.join(' ')).toBe('1 of 1 agents is online. 4 of 4 measurements succeeded in the last 5 minutes.');
    expect(tone).toBe('good');
  });

  test('says what fails and where', () => {
    const items = [...many(3), aResult({ id: 'f', status: 'failed', failure, agent: 'berlin' })];
    expect(said([anAgent(), anAgent({ id: 2, name: 'berlin' })], { items, complete: true }, NOW)).toBe(
      '2 of 2 agents are online. 3 of 4 measurements succeeded in the last 5 minutes. Ping to gateway failed on berlin: the connection was refused.',
    );
  });

  test('names two failures and counts the rest', () => {
    const items = ['a', 'b', 'c', 'd'].flatMap((destination) => many(1, { destination, status: 'failed', failure }));
    expect(said([anAgent()], { items, complete: true }, NOW)).toMatch(/Ping to a failed .* Ping to b failed .* 2 other measurements failed too\.$/);
  });

  test('says which agents are silent, and leaves out those that are not ours', () => {
    const agents = [anAgent(), anAgent({ id: 2, name: 'berlin', state: 'offline' }), anAgent({ id: 3, name: 'gone', state: 'revoked' })];
    const { tone, sentences } = opening(agents, { items: many(1), complete: true }, NOW);
    expect(sentences.slice(0, 2)).toEqual(['1 of 2 agents is online.', 'berlin is silent.']);
    expect(tone).toBe('bad');
  });

  test('does not call silence success', () => {
    const old = many(3, { started_at: NOW - 6 * 60_000 });
    expect(opening([anAgent()], { items: old, complete: true }, NOW)).toMatchObject({
      tone: 'attention',
      sentences: [expect.anything(), 'Nothing was measured in the last 5 minutes.'],
    });
    expect(said([anAgent()], { items: [], complete: true }, NOW)).toContain('Nothing has been measured yet.');
  });

  test('counts only what it knows where the five minutes hold more', () => {
    expect(said([anAgent()], { items: many(200), complete: false }, NOW)).toContain('200 of the latest 200 measurements succeeded.');
  });

  test('says what was skipped, and does not count it', () => {
    const items = [...many(2), aResult({ id: 's', status: 'skipped', failure })];
    expect(said([anAgent()], { items, complete: true }, NOW)).toMatch(/2 of 2 measurements succeeded .* 1 run was skipped\.$/);
  });

  test('says that there is no agent', () => {
    expect(said([], { items: [], complete: true }, NOW)).toBe('No agent has connected yet.');
  });

  test('of a destination counts its agents', () => {
    expect(destinationOpening([...many(2), aResult({ id: 'x', agent: 'berlin' })], NOW)).toBe(
      '3 of 3 measurements from 2 agents succeeded in the last 5 minutes.',
    );
    expect(destinationOpening([], NOW)).toBe('Nothing was measured here in the last 5 minutes.');
  });
});
