import * as z from 'zod';
import { bytes, number } from './metric.ts';
import { keyParts, keyWords, printable, table } from './text.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Rows shown of one list; `--json` has them all. */
const MOST_ROWS = 40;

/** What is said of a field beside its value; longer ones are for the reference. */
const LONGEST_DESCRIPTION = 70;
/** A value longer than this does not push the others' descriptions to the right. */
const WIDEST_VALUE = 40;

/** A list of words no longer than this is one line. */
const ONE_LINE = 80;

/**
 * What a result says besides its metrics, by the shape of the values alone: plain values and small objects as one block,
 * then every list as a table. Labels are the schema's own where it has them.
 */
export function detailSections(details: Fields, schema: z.ZodObject): string[][] {
  const lines: string[][] = [];
  const lists: string[][] = [];
  for (const [key, value] of Object.entries(details)) {
    if (isEmpty(value)) continue;
    const { title, description } = metaOf(schema.shape[key]);
    const label = title ?? sentenceCase(keyParts(key).words);
    if (Array.isArray(value) && !isWords(value)) lists.push(listLines(label, value));
    else {
      const isShort = description !== undefined && description.length <= LONGEST_DESCRIPTION && !isFields(value);
      lines.push([label, textOf(key, value), isShort ? description : '']);
    }
  }
  return [aligned(lines), ...lists];
}

/** Labels, values and descriptions below each other, but for values that are long. */
function aligned(lines: readonly (readonly string[])[]): string[] {
  const long = new Map(lines.flatMap(([label = '', value = '']) => (value.length > WIDEST_VALUE ? [[label, value] as const] : [])));
  const rows = table(
    lines.map(([label = '', value = '', description = '']) => (long.has(label) ? [label, '', ''] : [label, value, description])),
    { indent: '  ' },
  );
  const labels = Math.max(0, ...lines.map(([label = '']) => label.length));
  return rows.map((row, i) => {
    const [label = ''] = lines[i] ?? [];
    const value = long.get(label);
    return value === undefined ? row : `  ${label.padEnd(labels)}  ${value}`;
  });
}

/** A value with the unit that its key says: `12.3 ms`, `1.4 GB`; objects as `name value` pairs. */
function textOf(key: string, value: unknown): string {
  if (isFields(value)) return pairs(value);
  const unit = keyParts(key).unit;
  if (typeof value === 'number' && key.split('_').includes('bytes')) return bytes(value);
  return `${cell(value, unit === '%' ? 1 : decimalsFor([value]))}${unit === null || typeof value !== 'number' ? '' : ` ${unit}`}`;
}

function pairs(fields: Fields): string {
  return Object.entries(fields)
    .filter(([, value]) => !isEmpty(value))
    .map(([key, value]) => {
      const text = textOf(key, value);
      return isFields(value) ? `${keyParts(key).words} (${text})` : `${keyParts(key).words} ${text}`;
    })
    .join(', ');
}

function listLines(title: string, items: readonly unknown[]): string[] {
  const shown = items.slice(0, MOST_ROWS);
  const more = items.length > shown.length ? [`    and ${items.length - shown.length} more: --json shows all`] : [];
  const head = `  ${title}`;
  if (!shown.every(isFields)) return [head, ...shown.map((item) => `    ${cell(item, 3)}`), ...more];
  const rows = shown.flatMap(rowsOf);
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const valuesOf = (column: string): unknown[] => rows.map((row) => row[column]).filter((value) => value !== undefined && value !== null);
  const decimals = new Map(columns.map((column) => [column, decimalsFor(valuesOf(column).flat())]));
  const numeric = columns.flatMap((column, i) => (valuesOf(column).every((value) => typeof value === 'number') ? [i] : []));
  const body = rows.map((row) => columns.map((column) => (column in row ? cell(row[column], decimals.get(column) ?? 0) : '')));
  return [head, ...table([columns.map(keyWords), ...body], { indent: '    ', right: numeric }), ...more];
}

/**
 * One record as rows of plain values. Objects in it become columns. A list of records in it becomes rows of its own: those
 * that differ in numbers only are one row with all their numbers.
 */
function rowsOf(record: Fields): Fields[] {
  const plain: Record<string, unknown> = {};
  const lists: Fields[][] = [];
  for (const [key, value] of Object.entries(record)) {
    if (Array.isArray(value) && value.length > 0 && value.every(isFields)) lists.push(merged(value));
    else if (isFields(value)) for (const [inner, it] of Object.entries(value)) plain[`${key}_${inner}`] = it;
    else if (!Array.isArray(value) || value.length > 0) plain[key] = value;
  }
  const most = Math.max(1, ...lists.map(({ length }) => length));
  return Array.from({ length: most }, (_, i): Fields => Object.assign({}, i === 0 ? plain : {}, ...lists.map((list) => list[i] ?? {})) as Fields);
}

function merged(records: readonly Fields[]): Fields[] {
  const isNumber = (value: unknown): boolean => typeof value === 'number';
  const sameText = (record: Fields): string => JSON.stringify(Object.entries(record).filter(([, value]) => value !== null && !isNumber(value)));
  return [...Map.groupBy(records, sameText).values()].map((group) => {
    const keys = [...new Set(group.flatMap((record) => Object.keys(record)))];
    const valueOf = (key: string): unknown => {
      const values = group.map((record) => record[key]).filter((value) => value !== null && value !== undefined);
      return values.length > 1 && values.every(isNumber) ? values : values[0];
    };
    // What none of them says needs no column.
    return Object.fromEntries(keys.map((key) => [key, valueOf(key)]).filter(([, value]) => value !== undefined)) as Fields;
  });
}

/** Digits behind the point that say something beside the largest of these. */
function decimalsFor(values: readonly unknown[]): number {
  return values.some((value) => typeof value === 'number' && Math.abs(value) >= 100) ? 1 : 3;
}

function cell(value: unknown, decimals: number): string {
  if (value === null || value === undefined) return '-';
  if (typeof value === 'number') return number(value, decimals);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.map((item) => cell(item, decimals)).join(value.every((item) => typeof item === 'number') ? ' ' : ', ');
  if (isFields(value)) return pairs(value);
  return printable(typeof value === 'string' ? value : JSON.stringify(value));
}

/** Short words, or lists of them, that fit one line: addresses, not sentences. */
function isWords(items: readonly unknown[]): boolean {
  const isWord = (item: unknown): boolean => item === null || typeof item === 'number' || (typeof item === 'string' && !/\s/.test(item));
  return items.every((item) => isWord(item) || (Array.isArray(item) && item.every(isWord))) && cell(items, 3).length <= ONE_LINE;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true;
  return Array.isArray(value) ? value.length === 0 : isFields(value) && Object.values(value).every(isEmpty);
}

/** What the schema says of a field, also below `nullable` and `optional`. */
function metaOf(field: unknown): { readonly title?: string; readonly description?: string } {
  for (let at = field; at instanceof z.ZodType;) {
    const { title, description } = at.meta() ?? {};
    if (title !== undefined || description !== undefined)
      return { ...(title === undefined ? {} : { title }), ...(description === undefined ? {} : { description }) };
    at = at instanceof z.ZodNullable || at instanceof z.ZodOptional ? at.unwrap() : undefined;
  }
  return {};
}

function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
