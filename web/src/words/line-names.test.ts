import { expect, test } from 'vitest';
import { lineNames } from './line-names.ts';

const of = (agent: number, destination: number | null) => ({
  ...{ agent: `a${agent}`, agent_id: agent },
  ...{ destination: destination === null ? null : `d${destination}`, destination_id: destination },
});

test('lines are named by what tells them apart', () => {
  expect(lineNames([of(1, 1)])).toEqual(['a1']);
  expect(lineNames([of(1, 1), of(2, 1)])).toEqual(['a1', 'a2']);
  expect(lineNames([of(1, 1), of(1, 2), of(1, null)])).toEqual(['d1', 'd2', 'itself']);
  expect(lineNames([of(1, 1), of(2, 2)])).toEqual(['a1 to d1', 'a2 to d2']);
});
