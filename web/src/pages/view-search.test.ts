import { expect, test } from 'vitest';
import { changedSearch, viewOf, viewSearch } from './view-search.ts';

test('an address without anything is the default view', () => {
  expect(viewOf(viewSearch({}))).toEqual({ destination: null, range: null, scale: 'linear' });
});

test('what an address says that is not known is left out', () => {
  expect(viewSearch({ destination: 7, range: 'toString', scale: 'cubic', other: 1 })).toEqual({ destination: '7' });
});

test('a default does not stay in the address', () => {
  const changed = changedSearch({ destination: 'gw' }, { range: '24h', scale: 'log' });
  expect(changed).toEqual({ destination: 'gw', range: '24h', scale: 'log' });
  expect(changedSearch(changed, { scale: 'linear' })).toEqual({ destination: 'gw', range: '24h' });
});
