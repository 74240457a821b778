import { expect, test } from 'vitest';
import * as z from 'zod';
import { kindDescription, type KindDescription } from '../api/kind-description.ts';
import { kindNames, kinds } from '../../../src/model/kinds/index.ts';
import { draftOf, fieldForm, limitsText, optionsOf } from './option-values.ts';

const described: KindDescription = {
  kind: 'probe',
  title: 'Probe',
  description: '',
  target: 'host',
  spec: {
    properties: {
      count: { type: 'integer', default: 10, minimum: 1, maximum: 1000 },
      family: { type: 'string', enum: ['any', 'ipv4'], default: 'any' },
      verify: { type: 'boolean', default: true },
      name: { type: 'string', default: '' },
    },
  },
};

test('the form of a field follows from its schema', () => {
  expect(Object.values(described.spec.properties).map(fieldForm)).toEqual(['number', 'choice', 'switch', 'text']);
});

test('only what was written is sent, as what the schema says it is', () => {
  expect(optionsOf(described, {})).toEqual({});
  expect(optionsOf(described, { count: '5', family: 'ipv4', verify: false, name: '' })).toEqual({ count: 5, family: 'ipv4', verify: false });
  expect(optionsOf(described, { verify: true, gone: 'x' })).toEqual({});
});

test('an option that may be empty is a field of what it takes, and an empty one comes back empty', () => {
  const spec = z.toJSONSchema(z.object({ bytes: z.int().min(1).nullable().default(null).meta({ title: 'Bytes' }) }), { io: 'input' });
  const parsed = kindDescription.parse({ ...described, spec });
  expect(parsed.spec.properties['bytes']).toMatchObject({ type: 'integer', minimum: 1, title: 'Bytes', default: null });
  expect(optionsOf(parsed, { bytes: '1000' })).toEqual({ bytes: 1000 });
  expect(draftOf({ bytes: null })).toEqual({});
});

test('a number that is none is left to the API to judge', () => {
  expect(optionsOf(described, { count: 'many' })).toEqual({ count: 'many' });
});

test('what a job holds comes back as it was', () => {
  const options = { count: 5, verify: false, name: 'x' };
  expect(optionsOf(described, draftOf(options))).toEqual(options);
});

test('limits in words', () => {
  expect(limitsText({ minimum: 1, maximum: 1000 })).toBe('1 to 1,000');
  expect(limitsText({ minimum: 1 })).toBe('at least 1');
  expect(limitsText({})).toBeNull();
});

test.each(kindNames)('every option of %s has a field that says what it is', (kind) => {
  const { title, description, target } = kinds[kind];
  const parsed = kindDescription.parse({ kind, title, description, target, spec: z.toJSONSchema(kinds[kind].spec, { io: 'input' }) });
  expect(Object.keys(parsed.spec.properties)).toEqual(Object.keys(kinds[kind].spec.shape));
  for (const schema of Object.values(parsed.spec.properties)) expect([schema.title, schema.default]).not.toContain(undefined);
});
