import { expect, test } from 'vitest';
import { anAgent, NOW } from '../../test/fixtures.ts';
import { agentStateText, breakerText, listeningWords } from './agent-words.ts';
import { sinceText } from './time.ts';

const at = sinceText(NOW, NOW);

test('whether an agent is there, and since when it is not', () => {
  expect(agentStateText(anAgent(), NOW)).toBe('online');
  expect(agentStateText(anAgent({ state: 'offline' }), NOW)).toBe(`offline since ${at}`);
  expect(agentStateText(anAgent({ state: 'late' }), NOW)).toBe(`late, last heard of at ${at}`);
  expect(agentStateText(anAgent({ state: 'offline', last_seen_at: null }), NOW)).toBe('offline, never connected');
  expect(agentStateText(anAgent({ state: 'external', last_seen_at: null }), NOW)).toBe('only posts results');
});

test('where other agents reach it', () => {
  expect(listeningWords({ listening: null, advertise: null, address: '192.0.2.1' })).toBe('its policy does not let it listen');
  const listening = { port_from: 5201, port_to: 5210 };
  expect(listeningWords({ listening, advertise: null, address: '192.0.2.1' })).toBe('ports 5201 to 5210, reached as 192.0.2.1');
  expect(listeningWords({ listening: { port_from: 7, port_to: 7 }, advertise: 'berlin.example', address: null })).toBe(
    'port 7, reached as berlin.example',
  );
});

test('why runs to a destination are held back', () => {
  expect(breakerText({ state: 'open', since: NOW, reason: '5 runs failed' }, NOW)).toBe(`open since ${at}: 5 runs failed`);
  expect(breakerText({ state: 'half_open', since: NOW, reason: '' }, NOW)).toBe(`half open since ${at}`);
});
