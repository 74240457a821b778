import { expect, test } from 'vitest';
import { suggestionsOf } from './suggestions.ts';

const data = ['gateway', 'Resolver', 'tag:edge'];

test('a list offers what is not chosen, and holds what is typed', () => {
  expect(suggestionsOf(data, { value: [], search: '' })).toEqual(data);
  expect(suggestionsOf(data, { value: ['gateway'], search: '' })).toEqual(['Resolver', 'tag:edge']);
  expect(suggestionsOf(data, { value: [], search: ' RES ' })).toEqual(['Resolver']);
  expect(suggestionsOf(data, { value: data, search: '' })).toEqual([]);
});
