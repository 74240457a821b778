import { expect, test } from 'vitest';
import { compareText, listSearch, matches, orderOf, sortAfter } from './list-search.ts';

const columns = ['name', 'host'];

test('an address keeps what it knows', () => {
  expect(listSearch({ q: 7, sort: '-host', add: true, edit: 3, other: 1 })).toEqual({ q: '7', sort: '-host', add: true, edit: 3 });
  expect(listSearch({ q: '', sort: '../x', add: 'yes', edit: 'x' })).toEqual({});
});

test('an order that is not known is the first column', () => {
  expect(orderOf(undefined, columns)).toEqual({ column: 'name', descending: false });
  expect(orderOf('-toString', columns)).toEqual({ column: 'name', descending: false });
  expect(orderOf('-host', columns)).toEqual({ column: 'host', descending: true });
});

test('a second click turns the order round, and the default leaves the address', () => {
  expect(sortAfter('host', orderOf(undefined, columns), columns)).toBe('host');
  expect(sortAfter('host', orderOf('host', columns), columns)).toBe('-host');
  expect(sortAfter('name', orderOf('-name', columns), columns)).toBeUndefined();
});

test('a row is found by all words, in any column, whatever the case', () => {
  expect(matches('EDGE berlin', ['edge-1', null, 'Berlin'])).toBe(true);
  expect(matches('edge paris', ['edge-1', 'Berlin'])).toBe(false);
  expect(matches(undefined, [])).toBe(true);
});

test('numbers in names are read as numbers', () => {
  expect(['edge-10', 'Edge-2'].sort(compareText)).toEqual(['Edge-2', 'edge-10']);
});
