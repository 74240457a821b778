import { describe, expect, test } from 'vitest';
import { instantOfSerial, readWorkbook, valuesOf } from '../../test/support/workbook.ts';
import { hasPython } from '../../test/support/python.ts';
import { parseCsv } from '../../test/support/csv.ts';
import type { Column, ExportDocument, Row, Sheet } from './exporter.ts';
import { exporters, exportFormats, type ExportFormat } from './index.ts';

const columns: readonly Column[] = [
  { name: 'timestamp', type: 'instant' },
  { name: 'destination', type: 'text' },
  { name: 'rtt_avg_ms', type: 'number', decimals: 2 },
  { name: '__proto__', type: 'number' },
];
const at = Date.UTC(2024, 0, 1, 12, 30, 15, 250);
const hostile = ['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', 'a "quoted", line\r\nand more', '=HYPERLINK("http://x","y")', 'Zürich 東京 🛰'];
const rows: readonly Row[] = [...hostile.map((text, index): Row => [at + index, text, -index - 0.125, index]), [at, null, null, null]];

function documentOf(some: readonly Row[], sheets: readonly Sheet[] = []): ExportDocument {
  const batches = async function* () {
    for (let first = 0; first < some.length; first += 3) yield some.slice(first, first + 3);
  };
  return { table: { columns, batches }, sheets: () => Promise.resolve(sheets) };
}

async function written(format: ExportFormat, document: ExportDocument): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of exporters[format].write(document, { signal: new AbortController().signal })) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

const textOf = async (format: ExportFormat, document: ExportDocument): Promise<string> => (await written(format, document)).toString('utf8');
const objects = rows.map(([instant, destination, rtt, odd]) =>
  Object.fromEntries([
    ['timestamp', new Date(Number(instant)).toISOString()],
    ['destination', destination],
    ['rtt_avg_ms', rtt],
    ['odd', odd],
  ]),
);
const named = (text: string): unknown => JSON.parse(text.replaceAll('"__proto__"', '"odd"'));

describe('every format', () => {
  test.each(exportFormats)('%s names its file and its type', (format) => {
    expect(exporters[format].extension).toBe(format);
    expect(exporters[format].contentType).toMatch(/^[a-z]+\/[a-z.+-]+/);
  });

  test.each(exportFormats.filter((format) => exporters[format].mostRows === null))('%s passes rows on as they come', async (format) => {
    let asked = 0;
    const batches = async function* () {
      for (;;) {
        asked++;
        yield [rows[0] ?? []];
      }
    };
    const pieces = exporters[format].write(
      { table: { columns, batches }, sheets: () => Promise.resolve([]) },
      { signal: new AbortController().signal },
    );
    let taken = 0;
    for await (const _ of pieces) if (++taken === 5) break;
    expect(asked).toBeLessThanOrEqual(5);
  });
});

describe.skipIf(!hasPython)('csv, read by Python (skipped where there is no python3)', () => {
  test('holds every value, and a text that looks like a formula gets a quote before it', async () => {
    const text = await textOf('csv', documentOf(rows));
    const [heads, ...lines] = parseCsv(text);
    expect(heads).toEqual(['timestamp', 'destination', 'rtt_avg_ms', '__proto__']);
    expect(lines.map((line) => line[1])).toEqual([...hostile.map((one) => (/^[=+\-@\t\r]/.test(one) ? `'${one}` : one)), '']);
    // Numbers are numbers: a negative one is no formula.
    expect(lines[1]).toEqual(['2024-01-01T12:30:15.251Z', "'+1", '-1.125', '1']);
    expect(lines.at(-1)).toEqual(['2024-01-01T12:30:15.250Z', '', '', '']);
    expect(text.endsWith('\r\n')).toBe(true);
  });
});

describe('json and ndjson', () => {
  test('hold every value, absent ones as null', async () => {
    expect(named(await textOf('json', documentOf(rows)))).toEqual(objects);
    const lines = (await textOf('ndjson', documentOf(rows))).trimEnd().split('\n');
    expect(lines.map(named)).toEqual(objects);
  });

  test('of nothing are an empty list and an empty file', async () => {
    expect(named(await textOf('json', documentOf([])))).toEqual([]);
    expect(await textOf('ndjson', documentOf([]))).toBe('');
  });
});

describe.skipIf(!hasPython)('xlsx, read by Python (skipped where there is no python3)', () => {
  test('holds every value; texts are texts, whatever they look like, and instants are dates', async () => {
    const workbook = readWorkbook(await written('xlsx', documentOf(rows)));
    const [sheet] = workbook.sheets;
    expect(sheet?.name).toBe('Raw metrics');
    expect(sheet?.rows[0]?.map((cell) => cell?.value)).toEqual(columns.map(({ name }) => name));
    const read = valuesOf(workbook, 'Raw metrics');
    // A line ends with LF in a cell.
    expect(read.slice(0, -1).map((row) => row[1])).toEqual(hostile.map((one) => one.replace('\r\n', '\n').replace('\r', '\n')));
    expect(sheet?.rows.slice(1, -1).map((row) => row[1]?.type)).toEqual(hostile.map(() => 's'));
    expect(read.map((row) => instantOfSerial(Number(row[0])))).toEqual(rows.map((row) => row[0]));
    expect(read.slice(0, -1).map((row) => [row[2], row[3]])).toEqual(rows.slice(0, -1).map((row) => [row[2], row[3]]));
    expect(
      read
        .at(-1)
        ?.slice(1)
        .filter((cell) => cell !== null),
    ).toEqual([]);
  });

  test('leaves out what XML cannot hold, and cuts what Excel cannot', async () => {
    const texts = ['a\u0000b\u0007c\u001b[2Jd\uffff', 'half \ud83d of a character', 'x'.repeat(40_000), ' kept ', '<&>\u0085', '_x0041_'];
    const workbook = readWorkbook(await written('xlsx', documentOf(texts.map((text) => [at, text, 1, 1]))));
    expect(valuesOf(workbook, 'Raw metrics').map((row) => row[1])).toEqual([
      'abc[2Jd',
      'half  of a character',
      'x'.repeat(32_767),
      ' kept ',
      '<&>\u0085',
      '_x0041_',
    ]);
  });

  test('has further sheets, and native charts that show their rows', async () => {
    const sheet: Sheet = {
      name: 'Success rate',
      columns: [
        { name: 'destination', type: 'text' },
        { name: 'success_rate_pct', type: 'number', decimals: 1 },
      ],
      rows: [
        ['a', 50],
        ['b', 100],
      ],
      charts: [
        { type: 'column', title: 'Success <rate>', valueTitle: 'percent', fromRow: 0, toRow: 2, categories: 0, values: [1] },
        { type: 'line', title: 'Again', valueTitle: 'percent', fromRow: 1, toRow: 2, categories: 0, values: [1] },
      ],
    };
    const workbook = readWorkbook(await written('xlsx', documentOf(rows, [sheet])));
    expect(workbook.sheets.map(({ name }) => name)).toEqual(['Raw metrics', 'Success rate']);
    expect(valuesOf(workbook, 'Success rate')).toEqual(sheet.rows);
    expect(workbook.charts).toEqual([
      { type: 'barChart', title: 'Success <rate>', ranges: ["'Success rate'!$A$2:$A$3", "'Success rate'!$B$2:$B$3"] },
      { type: 'lineChart', title: 'Again', ranges: ["'Success rate'!$A$3:$A$3", "'Success rate'!$B$3:$B$3"] },
    ]);
  });

  test('of nothing is a sheet of heads', async () => {
    expect(readWorkbook(await written('xlsx', documentOf([]))).sheets.map(({ rows: all }) => all.length)).toEqual([1]);
  });

  test('ends its thread when nobody waits any more, and says why it failed', async () => {
    const controller = new AbortController();
    const batches = async function* () {
      yield rows;
      controller.abort(new Error('gone'));
      yield rows;
    };
    const pieces = exporters.xlsx.write({ table: { columns, batches }, sheets: () => Promise.resolve([]) }, { signal: controller.signal });
    await expect(pieces[Symbol.asyncIterator]().next()).rejects.toThrow('gone');
  });
});
