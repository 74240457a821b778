import { expect, test } from 'vitest';
import { aDestination } from '../../test/fixtures.ts';
import { chosenDestination } from './chosen-destination.ts';

const [gateway, resolver] = [aDestination(), aDestination({ id: 2, name: 'resolver' })];

test('a chart shows the destination its address names, by name or id, and the first where it names none', () => {
  const from = { destinations: [gateway, resolver], choices: [gateway] };
  expect(chosenDestination('resolver', from)).toBe('resolver');
  expect(chosenDestination('2', from)).toBe('resolver');
  expect(chosenDestination(null, from)).toBe('gateway');
});

test('a chart does not keep a choice that has been removed', () => {
  expect(chosenDestination('resolver', { destinations: [gateway], choices: [gateway] })).toBe('gateway');
  expect(chosenDestination('resolver', { destinations: [], choices: [] })).toBeNull();
});

test('a choice stands until it is known what there is', () => {
  expect(chosenDestination('resolver', { destinations: undefined, choices: [] })).toBe('resolver');
});
