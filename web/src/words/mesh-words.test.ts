import { describe, expect, test } from 'vitest';
import { anAgent } from '../../test/fixtures.ts';
import { agentsWords, chosenAgents, meshWords } from './mesh-words.ts';

const agents = [
  anAgent({ id: 1, name: 'a', labels: { site: 'x' } }),
  anAgent({ id: 2, name: 'b', labels: { site: 'x' } }),
  anAgent({ id: 3, name: 'c', labels: { site: 'y' } }),
  anAgent({ id: 4, name: 'poster', state: 'external' }),
];
const chosen = chosenAgents(['*'], agents);

describe('who measures', () => {
  test('those that selectors mean, without those that only post', () => {
    expect(agentsWords(chosen)).toBe('3 agents: a, b, c');
    expect(agentsWords(chosenAgents(['label:site=y', 'a'], agents))).toBe('2 agents: a, c');
    expect(agentsWords(chosenAgents(['nobody'], agents))).toBe('no agent now');
  });

  test('in a full mesh each measures every other', () => {
    expect(meshWords({ type: 'full' }, chosen)).toBe('Each of 3 agents: a, b, c measures every other: 6 directions.');
    expect(meshWords({ type: 'full' }, chosen.slice(0, 1))).toBe('A mesh needs two agents; this means 1 agent: a.');
  });

  test('around a hub', () => {
    expect(meshWords({ type: 'hub', hub: 'a' }, chosen)).toBe('a and 2 agents: b, c measure each other: 4 directions.');
    expect(meshWords({ type: 'hub', hub: 'z' }, chosen)).toBe('No agent of this job is z.');
  });

  test('in pairs by a label', () => {
    expect(meshWords({ type: 'pairs', label: 'site' }, chosen)).toBe('Each measures the others of its site: site=x (a, b): 2 directions.');
    expect(meshWords({ type: 'pairs', label: 'rack' }, chosen)).toBe('No two agents of this job have the same rack.');
  });
});
