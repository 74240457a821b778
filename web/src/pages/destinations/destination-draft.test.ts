import { expect, test } from 'vitest';
import { aDestination } from '../../../test/fixtures.ts';
import { destinationBody, destinationDraft, missingOfDestination } from './destination-draft.ts';

test('a destination comes out of its form as it went in', () => {
  const destination = aDestination({ display_name: 'Gateway', description: 'the way out', tags: ['edge'], status: 'inactive' });
  const { id: _, external: __, created_at: ___, agent_id: ____, declared_by: _____, ...input } = destination;
  expect(destinationBody(destinationDraft(destination))).toEqual(input);
});

test('what is left empty is nothing, and the host is the name', () => {
  const draft = { ...destinationDraft(null), name: 'gw', description: ' ' };
  expect(destinationBody(draft)).toEqual({ name: 'gw', display_name: null, description: null, tags: [], status: 'active' });
  expect(destinationDraft(aDestination({ name: 'gw', host: 'gw' })).host).toBe('');
});

test('a destination that is an agent stays one', () => {
  expect(destinationBody(destinationDraft(aDestination({ agent_id: 7 })))).toMatchObject({ agent: 7 });
});

test('a destination without a name is asked for one', () => {
  expect(missingOfDestination(destinationDraft(null))).toEqual([{ path: 'name', message: 'Give the destination a name' }]);
  expect(missingOfDestination(destinationDraft(aDestination()))).toEqual([]);
});
