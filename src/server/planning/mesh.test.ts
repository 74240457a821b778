import { describe, expect, test } from 'vitest';
import type { Mesh } from '../../model/job.ts';
import { hostBetween, meshTargets } from './mesh.ts';

const agents = [
  { id: 1, name: 'berlin', labels: { role: 'hub', region: 'eu' } },
  { id: 2, name: 'oslo', labels: { region: 'eu' } },
  { id: 3, name: 'lima', labels: { region: 'sa' } },
  { id: 4, name: 'quito', labels: { region: '' } },
];
const targets = (mesh: Mesh): Record<number, readonly number[]> => Object.fromEntries(meshTargets(mesh, agents));

describe('a mesh', () => {
  test('that is full has everybody measure everybody else', () => {
    expect(targets({ type: 'full' })).toEqual({ 1: [2, 3, 4], 2: [1, 3, 4], 3: [1, 2, 4], 4: [1, 2, 3] });
  });

  test.each(['berlin', '1', 'label:role=hub'])('around the hub %s has it and the others measure each other', (hub) => {
    expect(targets({ type: 'hub', hub })).toEqual({ 1: [2, 3, 4], 2: [1], 3: [1], 4: [1] });
  });

  test('around a hub that is no agent of the job is empty', () => {
    expect(targets({ type: 'hub', hub: 'tokyo' })).toEqual({ 1: [], 2: [], 3: [], 4: [] });
  });

  test('of pairs joins those with the same value of the label; without one there is no pair', () => {
    expect(targets({ type: 'pairs', label: 'region' })).toEqual({ 1: [2], 2: [1], 3: [], 4: [] });
  });
});

test.each([
  ['what it advertises', { address: '10.0.0.1' }, { address: '10.0.0.2', advertise: 'b.test' }, 'b.test'],
  ['its address', { address: '10.0.0.1' }, { address: '10.0.0.2', advertise: null }, '10.0.0.2'],
  ['its address, as IPv4', { address: '10.0.0.1' }, { address: '::ffff:10.0.0.2', advertise: null }, '10.0.0.2'],
  ['loopback on one machine', { address: '::1' }, { address: '::ffff:127.0.0.1', advertise: null }, '127.0.0.1'],
  ['nothing by loopback from elsewhere', { address: '10.0.0.1' }, { address: '127.0.0.1', advertise: null }, null],
  ['nothing before it ever connected', { address: '10.0.0.1' }, { address: null, advertise: null }, null],
])('an agent reaches another under %s', (_what, from, to, host) => {
  expect(hostBetween(from, to)).toBe(host);
});
