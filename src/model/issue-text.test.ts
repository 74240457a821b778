import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { problemsOf } from './errors.ts';
import { jobInput } from './job.ts';
import { name, reference } from './name.ts';

const number = z.object({ interval: z.number() });
const shape = z.discriminatedUnion('type', [z.object({ type: z.literal('a'), n: z.number() }), z.object({ type: z.literal('b') })]);

/** Every code of zod's issues: a schema, what does not fit it, and what is said. */
const table: readonly (readonly [code: string, schema: z.ZodType, value: unknown, said: readonly string[]])[] = [
  ['invalid_type', number, { interval: 'abc' }, ['interval: expected a number, got "abc"']],
  ['invalid_type', number, {}, ['interval: expected a number, got nothing']],
  ['invalid_type', number, { interval: null }, ['interval: expected a number, got null']],
  ['invalid_type', number, { interval: [1] }, ['interval: expected a number, got a list']],
  ['invalid_type', number, 'x', ['whole: expected an object, got "x"']],
  ['invalid_type', z.object({ hours: z.coerce.number() }), { hours: 'two' }, ['hours: expected a number, got "two"']],
  ['invalid_type', z.object({ n: z.int() }), { n: 1.5 }, ['n: expected a whole number, got 1.5']],
  ['invalid_type', z.object({ on: z.boolean() }), { on: 'yes' }, ['on: expected true or false, got "yes"']],
  ['invalid_type', z.array(z.string()), ['a', {}], ['[1]: expected a text, got an object']],
  ['too_small', z.object({ n: z.number().min(60) }), { n: 5 }, ['n: expected at least 60, got 5']],
  ['too_small', z.object({ n: z.number().positive() }), { n: 0 }, ['n: expected more than 0, got 0']],
  ['too_small', z.object({ s: z.string().min(3) }), { s: 'ab' }, ['s: expected at least 3 characters, got 2']],
  ['too_small', z.object({ list: z.array(z.string()).min(1) }), { list: [] }, ['list: expected at least 1 item, got 0']],
  ['too_small', z.object({ s: z.string().length(2) }), { s: 'a' }, ['s: expected exactly 2 characters, got 1']],
  ['too_big', z.object({ n: z.coerce.number().max(1000) }), { n: '1001' }, ['n: expected at most 1000, got "1001"']],
  ['too_big', z.object({ n: z.number().lt(10) }), { n: 10 }, ['n: expected less than 10, got 10']],
  ['too_big', z.object({ s: z.string().max(1) }), { s: 'abc' }, ['s: expected at most 1 character, got 3']],
  ['invalid_format', z.object({ u: z.url() }), { u: 'x' }, ['u: expected a URL, got "x"']],
  ['invalid_format', z.object({ u: z.uuid() }), { u: 'x' }, ['u: expected a UUID, got "x"']],
  ['invalid_format', z.object({ s: z.string().regex(/^a+$/) }), { s: 'b' }, ['s: expected a text that matches /^a+$/, got "b"']],
  ['invalid_format', z.object({ s: z.string().startsWith('tag:') }), { s: 'b' }, ['s: expected a text that begins with "tag:", got "b"']],
  ['unrecognized_keys', z.strictObject({ a: z.number() }), { a: 1, b: 2 }, ['whole: unknown field: expected none, got "b"']],
  ['unrecognized_keys', z.strictObject({}), { b: 2, c: 3 }, ['whole: unknown fields: expected none, got "b", "c"']],
  ['invalid_union', z.object({ of: reference }), { of: true }, ['of: expected a number or a text, got true']],
  ['invalid_union', z.object({ of: reference }), { of: '' }, ['of: expected at least 1 character, got 0']],
  ['invalid_union', z.object({ s: shape }), { s: { type: 'c' } }, ['s.type: expected one of a, b, got "c"']],
  ['invalid_union', z.object({ s: shape }), { s: { type: 'a', n: 'x' } }, ['s.n: expected a number, got "x"']],
  ['invalid_value', z.object({ s: z.enum(['read', 'write']) }), { s: 'agent' }, ['s: expected one of read, write, got "agent"']],
  ['invalid_value', z.object({ s: z.literal(1) }), { s: 2 }, ['s: expected 1, got 2']],
  ['not_multiple_of', z.object({ n: z.number().multipleOf(5) }), { n: 7 }, ['n: expected a multiple of 5, got 7']],
  ['invalid_key', z.record(z.string().max(3), z.number()), { long: 1 }, ['long: invalid key: expected at most 3 characters, got 4']],
  ['invalid_element', z.map(z.string(), z.number()), new Map([['a', 'x']]), ['a: expected a number, got "x"']],
  ['custom', z.object({ n: z.number().refine(() => false) }), { n: 7 }, ['n: expected another value, got 7']],
  ['custom', z.object({ n: z.number().refine(() => false, 'odd: expected even') }), { n: 7 }, ['n: odd: expected even, got 7']],
  ['custom', z.object({ name }), { name: '12' }, ['name: invalid name: expected something other than digits only (those are ids), got "12"']],
];

function said(schema: z.ZodType, value: unknown): string[] {
  const { error } = schema.safeParse(value);
  if (error === undefined) throw new Error('it fits');
  return problemsOf(error, { value }).map(({ path, message }) => `${path === '' ? 'whole' : path}: ${message}`);
}

describe('what does not fit its schema', () => {
  test.each(table)('is said in our words: %s', (_code, schema, value, expected) => {
    expect(said(schema, value)).toEqual(expected);
  });

  test('every problem is said, and none in words of a library', () => {
    const all = said(jobInput, { name: '', interval: 'abc', kinds: 'ping', destinations: [1, {}], enabled: 'yes' });
    expect(all.length).toBeGreaterThanOrEqual(4);
    for (const line of all) expect(line).not.toMatch(/Invalid|Too (small|big)|received|Unrecognized/);
    expect(all).toContain('interval: expected a number, got "abc"');
  });

  test('without what was checked at hand says only what was expected', () => {
    const { error } = number.safeParse({ interval: 'abc' });
    expect(error && problemsOf(error)).toEqual([{ path: 'interval', message: 'expected a number' }]);
  });

  test('what may be a secret is not repeated', () => {
    expect(
      said(z.object({ password: z.string().regex(/^x$/), token: z.number() }), { password: 'hunter2', token: 'tacho_t_x' }).join(' '),
    ).not.toMatch(/hunter2|tacho_t/);
  });

  test('what is repeated is short, and cannot move a cursor', () => {
    const [line = ''] = said(number, { interval: `\u001b[2J\u202e${'x'.repeat(500)}` });
    expect(line).toMatch(/^[ -~]+$/);
    expect(line.length).toBeLessThan(150);
  });

  test('a word among words with commas between is shown as the words', () => {
    const words = z
      .string()
      .transform((text) => text.split(','))
      .pipe(z.array(z.enum(['a', 'b'])));
    expect(said(z.object({ kind: words }), { kind: 'a,c' })).toEqual(['kind[1]: expected one of a, b, got "a,c"']);
  });
});
