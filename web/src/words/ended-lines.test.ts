import { expect, test } from 'vitest';
import type { SeriesAnswer } from '../../../src/model/series.ts';
import { aDestination, anAgent } from '../../test/fixtures.ts';
import { endedLines } from './ended-lines.ts';

const figures = { at: [], count: [], mean: [], min: [], max: [], p5: [], p50: [], p95: [], runs: [], failures: [] };
const items = [1, 2, 3].map((id) => ({ agent: `a${id}`, agent_id: id, destination: `d${id}`, destination_id: id, ...figures }));
const own = { agent: 'a1', agent_id: 1, destination: null, destination_id: null, ...figures };
const answer: SeriesAnswer = { metric: 'm', bucket_s: 60, from: 0, to: 1, items: [...items, own] };

test('lines end with what was removed, and with an agent that may measure no more', () => {
  const agents = [anAgent({ id: 1 }), anAgent({ id: 2, state: 'revoked' })];
  expect(endedLines([answer], { agents, destinations: [aDestination({ id: 3 })] })).toEqual({ agent: new Set([2, 3]), destination: new Set([1, 2]) });
});

test('nothing has ended as long as it is not known what there is', () => {
  expect(endedLines([answer], { agents: undefined, destinations: undefined })).toEqual({ agent: new Set(), destination: new Set() });
});
