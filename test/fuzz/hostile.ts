import fc from 'fast-check';
import { anyText } from '../support/arbitraries.ts';
import { Pairs, Raw } from './json.ts';

/** Words that have been a special case to some program. */
const oddTexts = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\u001b[2J',
  '\ud800',
  'a\udfff\ud83d',
  '\u202e',
  '\ufeff',
  '\r\nset-cookie: a=b',
  '.',
  '..',
  '../../../../etc/passwd',
  '..%2f..%2f',
  '%00',
  '%',
  '0',
  '-1',
  '1e3',
  '0x10',
  '007',
  '9007199254740993',
  '99999999999999999999',
  'null',
  'true',
  'NaN',
  '__proto__',
  'constructor',
  'toString',
  "' or 1=1 --",
  '"; drop',
  '$1',
  '${7*7}',
  '{{7*7}}',
  '<script>alert(1)</script>',
  '*',
  'tag:',
  'label:',
  'label:a',
  'label:=',
  '2026-13-45',
  '2026-02-30T00:00:00Z',
  '-271821-04-20T00:00:00Z',
  '+275760-09-13T00:00:00Z',
  '9999-12-31T23:59:59.999999999Z',
  '2026-11-22T23:59:60Z',
] as const;

const oddNumbers = [
  0,
  -0,
  -1,
  0.1,
  -0.5,
  1e-308,
  5e-324,
  1e308,
  -1e308,
  255,
  256,
  65_535,
  65_536,
  2 ** 31,
  -(2 ** 31),
  2 ** 32,
  2 ** 53,
  -(2 ** 53),
  2 ** 63,
  1e21,
  8.64e15,
  8.64e15 + 1,
] as const;

/** Numbers and nesting that JSON allows and programs trip over. */
const oddDocuments = [
  '1e999',
  '-1e999',
  '1E+2',
  `1${'0'.repeat(400)}`,
  `0.${'0'.repeat(400)}1`,
  `${'['.repeat(3000)}${']'.repeat(3000)}`,
  `${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}`,
  '{"__proto__":{"admin":true}}',
  '{"constructor":{"prototype":{"admin":true}}}',
  '{"a":1,"a":2}',
  '{"toString":null,"then":{},"length":-1}',
] as const;

export function oddText(): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...oddTexts) },
    { weight: 3, arbitrary: anyText() },
    {
      weight: 2,
      arbitrary: fc
        .record({ unit: fc.constantFrom('a', '1', 'ü', '\u{1f600}', ' '), length: fc.constantFrom(65, 254, 301, 2100, 20_000) })
        .map(({ unit, length }) => unit.repeat(length)),
    },
  );
}

export function oddNumber(): fc.Arbitrary<number> {
  return fc.oneof(fc.constantFrom(...oddNumbers), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.maxSafeInteger());
}

export function oddKey(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then', '', ' ', '\0', '$ref', 'id'),
    oddText(),
  );
}

/** A value that fits next to nothing. */
export function oddValue(): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 4, arbitrary: oddText() },
    { weight: 4, arbitrary: oddNumber() },
    { weight: 2, arbitrary: fc.constantFrom(null, true, false) },
    { weight: 3, arbitrary: fc.constantFrom(...oddDocuments).map((text) => new Raw(text)) },
    { weight: 1, arbitrary: fc.constantFrom<unknown>([], new Pairs([]), [null], [[]], [new Pairs([])]) },
    { weight: 1, arbitrary: fc.array(fc.tuple(oddKey(), oddText()), { maxLength: 40 }).map((pairs) => new Pairs(pairs)) },
    { weight: 1, arbitrary: fc.constant(Array.from({ length: 1200 }, (_, index) => `item ${index}`)) },
  );
}
