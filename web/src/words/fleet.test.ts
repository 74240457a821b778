import { describe, expect, test } from 'vitest';
import type { AgentState } from '../../../src/model/agent.ts';
import { anAgent, NOW } from '../../test/fixtures.ts';
import { fleetOpening } from './fleet.ts';
import { sentenceText } from './sentence.ts';
import { sinceText } from './time.ts';

const AGO = NOW - 20 * 60_000;
const fleet = (...states: AgentState[]) =>
  states.map((state, i) => anAgent({ id: i + 1, name: `a${i + 1}`, state, last_seen_at: state === 'online' ? NOW : AGO }));
const said = (...states: AgentState[]): string =>
  fleetOpening(fleet(...states), NOW)
    .sentences.map(sentenceText)
    .join(' ');
const since = sinceText(AGO, NOW);

describe('the sentence of the fleet', () => {
  test.each<[AgentState[], string]>([
    [[], 'No agent has connected yet.'],
    [['online'], 'The agent a1 is online.'],
    [['online', 'online'], 'Both agents are online.'],
    [['online', 'online', 'online'], 'All 3 agents are online.'],
    [['offline'], `The agent a1 has been silent since ${since}.`],
    [['online', 'offline'], `1 of 2 agents is online. a2 has been silent since ${since}.`],
    [['online', 'online', 'offline'], `2 of 3 agents are online. a3 has been silent since ${since}.`],
    [['offline', 'offline'], 'Neither of the 2 agents is online. a1 and a2 are silent.'],
    [['offline', 'offline', 'offline', 'offline'], 'None of the 4 agents is online. a1, a2 and 2 more are silent.'],
    [['late'], 'The agent a1 is connected, but overdue with a sign of life.'],
    [['online', 'late'], '1 of 2 agents is online. a2 is connected, but overdue with a sign of life.'],
    [['offline', 'late'], `Neither of the 2 agents is online. a1 has been silent since ${since}. a2 is connected, but overdue with a sign of life.`],
    [['late', 'late'], 'Neither of the 2 agents is online. a1 and a2 are connected, but overdue with a sign of life.'],
  ])('%j', (states, words) => {
    expect(said(...states)).toBe(words);
  });

  test.each<[AgentState[], string]>([
    [['external'], 'No agent measures: 1 machine only posts results.'],
    [['external', 'external'], 'No agent measures: 2 machines only post results.'],
    [['revoked'], 'No agent measures: 1 agent is revoked.'],
    [['online', 'external'], 'The agent a1 is online; 1 machine only posts results.'],
    [['online', 'online', 'external', 'external'], 'Both agents are online; 2 machines only post results.'],
    [['online', 'online', 'external', 'revoked', 'revoked'], 'Both agents are online; 1 machine only posts results and 2 agents are revoked.'],
    [['offline', 'external'], `The only agent is not online; 1 machine only posts results. The agent a1 has been silent since ${since}.`],
  ])('counts those that do not measure apart: %j', (states, words) => {
    expect(said(...states)).toBe(words);
  });

  test('is grave by what is gone, not by what only posts', () => {
    const tone = (...states: AgentState[]): string => fleetOpening(fleet(...states), NOW).tone;
    expect(tone('online', 'external', 'revoked')).toBe('good');
    expect(tone('online', 'late')).toBe('attention');
    expect(tone('late', 'offline')).toBe('bad');
    expect(tone('external')).toBe('unknown');
  });

  test('an agent that never came is not said to have fallen silent', () => {
    const [sentence] = fleetOpening([anAgent({ state: 'offline', last_seen_at: null })], NOW).sentences;
    expect(sentenceText(sentence ?? [])).toBe('The agent workshop has never connected.');
  });
});
