import { formatInstant } from '../model/instant.ts';
import type { Cell, Column, Exporter, Row } from './exporter.ts';

/** RFC 4180: commas, CRLF, quotes doubled. The heads are the columns' names. What is absent is empty. */
export const csv: Exporter = {
  extension: 'csv',
  contentType: 'text/csv; charset=utf-8',
  mostRows: null,
  async *write({ table }) {
    const { columns } = table;
    yield lineOf(columns.map(({ name }) => text(name)));
    for await (const rows of table.batches()) yield rows.map((row) => line(row, columns)).join('');
  },
};

function line(row: Row, columns: readonly Column[]): string {
  return lineOf(columns.map(({ type }, index) => cellText(row[index] ?? null, type)));
}

function lineOf(cells: readonly string[]): string {
  return `${cells.join(',')}\r\n`;
}

function cellText(cell: Cell, type: Column['type']): string {
  if (cell === null) return '';
  if (typeof cell === 'string') return text(cell);
  return type === 'instant' ? formatInstant(cell) : String(cell);
}

/**
 * A text that a spreadsheet would take for a formula gets a quote before it: names and messages come from strangers
 * (OWASP, "CSV Injection"). Numbers are numbers, so a negative one stays as it is.
 */
function text(value: string): string {
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
