import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyText } from '../../test/support/arbitraries.ts';
import { CsvReader, type CsvRecord } from './csv.ts';

function read(...pieces: string[]): CsvRecord[] {
  const reader = new CsvReader();
  return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()];
}
const fieldsOf = (text: string): readonly (readonly string[])[] => read(text).map(({ fields }) => fields);

describe('CSV', () => {
  test.each<[string, string, string[][]]>([
    [
      'plain fields',
      'a,b\n1,2\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a last line without an end',
      'a,b\n1,2',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'CRLF and CR',
      'a,b\r\n1,2\r3,4\r\n',
      [
        ['a', 'b'],
        ['1', '2'],
        ['3', '4'],
      ],
    ],
    [
      'empty fields',
      ',a,\n,,\n',
      [
        ['', 'a', ''],
        ['', '', ''],
      ],
    ],
    ['quotes around separators, line ends and quotes', '"a,b","c\r\nd","say ""x"""\n', [['a,b', 'c\r\nd', 'say "x"']]],
    ['empty lines', '\n\na\n\r\n\nb\n\n', [['a'], ['b']]],
    ['an empty quoted field', '""\n"",x\n', [[''], ['', 'x']]],
    ['a byte order mark', '\ufeffa,b\n', [['a', 'b']]],
    ['spaces, which are part of a field', ' a , b\n', [[' a ', ' b']]],
    ['nothing', '', []],
  ])('reads %s', (_, text, expected) => {
    expect(fieldsOf(text)).toEqual(expected);
  });

  test('lines are counted as an editor counts them', () => {
    const records = read('a\n"b\r\nb\n"\r\n\nc\rd');
    expect(records.map(({ line }) => line)).toEqual([1, 2, 6, 7]);
  });

  test('malformed records say why and the next ones are read', () => {
    const records = read('a"b,c\n"a"b,c\nok,ok\n"never closed\nx,y');
    expect(records.map(({ line, problem }) => [line, problem])).toEqual([
      [1, 'a quote stands within a field without quotes'],
      [2, 'text follows a closing quote'],
      [3, null],
      [4, 'a quote is not closed'],
    ]);
  });

  test('a quote that is never closed takes one bounded record, not the file', () => {
    const reader = new CsvReader();
    const found: CsvRecord[] = [...reader.push('a,b\n"')];
    for (let i = 0; i < 40; i++) found.push(...reader.push(`${'x'.repeat(9_999)}\n`));
    found.push(...reader.push('ok,ok\n'), ...reader.end());
    expect(found.length).toBeLessThan(20);
    expect(found[1]).toMatchObject({ line: 2, fields: [] });
    expect(found[1]?.problem).toContain('is a quote not closed?');
    expect(found.at(-1)).toMatchObject({ line: 42, fields: ['ok', 'ok'], problem: null });
  });

  test('whatever is written by RFC 4180 is read as it was, however it is cut', () => {
    const field = fc.oneof(anyText(), fc.constantFrom('', '"', ',', '\n', '\r', '\r\n', 'a', '""'));
    const table = fc.array(fc.array(field, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(table, fc.constantFrom('\n', '\r\n'), fc.nat(8), (rows, lineEnd, size) => {
        const text = rows.map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(',')).join(lineEnd);
        const pieces = size === 0 ? [text] : (text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []);
        expect(read(...pieces).map(({ fields }) => fields)).toEqual(rows);
      }),
    );
  });

  test('any text is read without an end by error, the same however it is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(anyText(), fc.constantFrom('"', ',', '\r', '\n', '""'))), (pieces) => {
        expect(read(...pieces)).toEqual(read(pieces.join('')));
      }),
    );
  });
});
