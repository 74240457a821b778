import type { Colour, Style } from './style.ts';
import { displayWidth, printable } from './text.ts';

export interface Column<T> {
  readonly title: string;
  readonly right?: true;
  cell(row: T): string;
  colour?(row: T): Colour | undefined;
}

/** A table with a line of titles: one line a row, two spaces between columns. Nothing of a cell can move a cursor. */
export function listing<T>(columns: readonly Column<T>[], rows: readonly T[], style: Style): string {
  const cells = rows.map((row) => columns.map((column) => printable(column.cell(row))));
  const widths = columns.map(({ title }, i) => Math.max(title.length, ...cells.map((row) => displayWidth(row[i] ?? ''))));
  const line = (texts: readonly string[], colourOf: (i: number) => Colour | undefined): string => {
    const parts = texts.map((text, i) => {
      const colour = colourOf(i);
      const shown = colour === undefined ? text : style(text, colour);
      const gap = ' '.repeat((widths[i] ?? 0) - displayWidth(text));
      if (columns[i]?.right === true) return gap + shown;
      return i === texts.length - 1 ? shown : shown + gap;
    });
    return `${parts.join('  ').trimEnd()}\n`;
  };
  const head = line(
    columns.map(({ title }) => title),
    () => 'bold',
  );
  return head + rows.map((row, at) => line(cells[at] ?? [], (i) => columns[i]?.colour?.(row))).join('');
}

/** What is known of one thing, a line each: its name, two spaces or more, its value. Continued lines are indented alike. */
export function fields(entries: readonly (readonly [name: string, value: string | readonly string[]])[], style: Style): string {
  const width = Math.max(...entries.map(([name]) => name.length)) + 2;
  return entries
    .flatMap(([name, value]) => {
      const lines = typeof value === 'string' ? [value] : value.length === 0 ? ['-'] : value;
      return lines.map((text, i) => (i === 0 ? style(name, 'bold') + ' '.repeat(width - name.length) : ' '.repeat(width)) + printable(text));
    })
    .map((text) => `${text.trimEnd()}\n`)
    .join('');
}

/** An instant as texts show it: UTC, without zone or milliseconds; `-` where there is none. */
export function instantText(iso: string | null): string {
  return iso === null ? '-' : iso.slice(0, 19).replace('T', ' ');
}

/** Words with commas between; `-` where there are none. */
export function words(list: readonly string[]): string {
  return list.length === 0 ? '-' : list.join(', ');
}

/** Labels as they are given: `key=value`. */
export function pairs(record: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(record).map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
}
