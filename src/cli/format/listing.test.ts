import { describe, expect, test } from 'vitest';
import { fields, instantText, listing, pairs, words } from './listing.ts';
import { plain, styleFor } from './style.ts';
import { displayWidth, jsonText } from './text.ts';

interface Row {
  readonly id: number;
  readonly name: string;
}

const columns = [
  { title: 'ID', right: true, cell: ({ id }: Row) => String(id) },
  { title: 'NAME', cell: ({ name }: Row) => name, colour: ({ id }: Row) => (id > 9 ? ('green' as const) : undefined) },
  { title: 'AGAIN', cell: ({ name }: Row) => name },
] as const;

describe('a listing', () => {
  test('is as wide as its widest cells, as a terminal draws them', () => {
    const rows = [
      { id: 1, name: '東京' },
      { id: 10, name: 'café' },
    ];
    expect(listing(columns, rows, plain)).toBe(['ID  NAME  AGAIN', ' 1  東京  東京', '10  café  café', ''].join('\n'));
  });

  test('counts no colour among its columns', () => {
    const style = styleFor({ outIsTerminal: true, env: {} });
    const text = listing(columns, [{ id: 10, name: 'a' }], style);
    expect(text.split('\n')[1]).toBe('10  \u001b[32ma\u001b[39m     a');
  });

  test('holds every row on its line', () => {
    expect(listing(columns, [{ id: 1, name: 'a\nb\r\u001b[2K\t' }], plain).split('\n')).toEqual([
      'ID  NAME       AGAIN',
      ' 1  a?b??[2K?  a?b??[2K?',
      '',
    ]);
  });
});

test('fields are aligned, and lists go on below', () => {
  const text = fields(
    [
      ['name', 'a\u001bb'],
      ['options', ['x=1', 'y=2']],
      ['labels', []],
    ],
    plain,
  );
  expect(text).toBe('name     a?b\noptions  x=1\n         y=2\nlabels   -\n');
});

test('what is unknown or empty is a dash', () => {
  expect([instantText(null), words([])]).toEqual(['-', '-']);
  expect(instantText('2026-11-22T10:00:00.123Z')).toBe('2026-11-22 10:00:00');
  expect(pairs({ a: 'b', c: 1, d: [true] })).toEqual(['a=b', 'c=1', 'd=[true]']);
});

test('colours are for terminals whose owner wants them', () => {
  expect(styleFor({ outIsTerminal: false, env: {} })('x', 'red')).toBe('x');
  expect(styleFor({ outIsTerminal: true, env: { NO_COLOR: '1' } })('x', 'red')).toBe('x');
  expect(styleFor({ outIsTerminal: true, env: { TERM: 'dumb' } })('x', 'red')).toBe('x');
  expect(styleFor({ outIsTerminal: true, env: { NO_COLOR: '' } })('x', 'red')).toBe('\u001b[31mx\u001b[39m');
});

test.each([
  ['abc', 3],
  ['東京', 4],
  ['é', 1],
  ['e\u0301', 1],
  ['👩‍👩‍👧', 2],
])('%s takes %d columns', (text, width) => {
  expect(displayWidth(text)).toBe(width);
});

test('JSON is the same document with nothing in it that moves a cursor', () => {
  const document = { a: 'x\u009b2J\u202e\u0007', 'b\u2028': ['\n'] };
  const text = jsonText(document);
  // eslint-disable-next-line no-control-regex
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u202e]/);
  expect(JSON.parse(text)).toEqual(document);
});
