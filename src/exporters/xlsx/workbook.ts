import { writeXlsx, type CellValue, type WriteSheet } from 'hucre/xlsx';
import type { Cell, Column, Sheet, SheetChart } from '../exporter.ts';

/** Longest text of a cell in Excel. */
const LONGEST_TEXT = 32_767;
/** What XML 1.0 has no way to write, and halves of characters. */
// eslint-disable-next-line no-control-regex
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

const CHART_ROWS = 18;
const CHART_COLUMNS = 10;

/** An Excel file of these sheets, the first one shown first. */
export async function writeWorkbook(sheets: readonly Sheet[]): Promise<Uint8Array> {
  return writeXlsx({ sheets: sheets.map(sheetOf) });
}

function sheetOf(sheet: Sheet): WriteSheet {
  const { name, columns, rows, charts = [] } = sheet;
  return {
    name,
    columns: columns.map((column) => ({ width: widthOf(column), ...formatOf(column) })),
    rows: [columns.map((column) => cellText(column.name)), ...rows.map((row) => columns.map((column, index) => cellOf(row[index] ?? null, column)))],
    cells: new Map(columns.map((_, index) => [`0,${index}`, { style: { font: { bold: true } } }])),
    freezePane: { rows: 1 },
    ...(rows.length === 0 ? {} : { autoFilter: { range: `A1:${letters(columns.length - 1)}${rows.length + 1}` } }),
    charts: charts.map((chart, index) => chartOf(chart, sheet, index)),
  };
}

function chartOf(chart: SheetChart, { name, columns }: Sheet, index: number): NonNullable<WriteSheet['charts']>[number] {
  const { type, title, valueTitle, fromRow, toRow, categories, values } = chart;
  // Below the heads, counted from 1 as Excel does.
  const range = (column: number): string => `'${name}'!$${letters(column)}$${fromRow + 2}:$${letters(column)}$${toRow + 1}`;
  const top = 1 + index * (CHART_ROWS + 1);
  const left = columns.length + 1;
  return {
    type,
    title: safeText(title),
    series: values.map((column) => ({ name: safeText(columns[column]?.name ?? ''), values: range(column), categories: range(categories) })),
    axes: { x: { title: safeText(columns[categories]?.name ?? '') }, y: { title: safeText(valueTitle) } },
    legend: values.length > 1 ? 'bottom' : false,
    anchor: { from: { row: top, col: left }, to: { row: top + CHART_ROWS, col: left + CHART_COLUMNS } },
  };
}

/** Texts are cells of type text, which Excel never reads as formulas; instants are its dates, in UTC. */
function cellOf(cell: Cell, { type }: Column): CellValue {
  if (typeof cell === 'string') return cellText(cell);
  if (cell === null || !Number.isFinite(cell)) return null;
  return type === 'instant' ? new Date(cell) : cell;
}

/** In a cell `_x0041_` is a way to write A: a text that holds these very characters has its first one written so. */
function cellText(text: string): string {
  return safeText(text).replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_');
}

/** A line ends with LF. */
function safeText(text: string): string {
  return text.replace(NOT_XML, '').replace(/\r\n?/g, '\n').slice(0, LONGEST_TEXT);
}

function formatOf({ type, decimals }: Column): { numFmt?: string } {
  if (type === 'instant') return { numFmt: 'yyyy-mm-dd hh:mm:ss' };
  if (type === 'number' && decimals !== undefined) return { numFmt: decimals === 0 ? '0' : `0.${'0'.repeat(decimals)}` };
  return {};
}

function widthOf({ name, type }: Column): number {
  return Math.min(40, Math.max(type === 'instant' ? 20 : 10, name.length + 2));
}

/** The letters of a column, counted from 0: A, ..., Z, AA, ... */
function letters(index: number): string {
  const rest = Math.floor(index / 26);
  return (rest > 0 ? letters(rest - 1) : '') + String.fromCharCode(65 + (index % 26));
}
