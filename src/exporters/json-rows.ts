import { formatInstant } from '../model/instant.ts';
import type { Column, Row } from './exporter.ts';

/** A row as an object with one field a column. Written by hand, because an object would take a name like __proto__ for its prototype. */
export function rowWriter(columns: readonly Column[]): (row: Row) => string {
  const heads = columns.map(({ name }) => `${JSON.stringify(name)}:`);
  return (row) => `{${heads.map((head, index) => head + valueText(row[index] ?? null, columns[index])).join(',')}}`;
}

function valueText(cell: Row[number], column: Column | undefined): string {
  if (typeof cell === 'number') return column?.type === 'instant' ? `"${formatInstant(cell)}"` : JSON.stringify(cell);
  return JSON.stringify(cell);
}
