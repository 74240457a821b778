import type { Figure } from './bench.ts';

/** Whether a figure reaches its target; null where it has none. */
export function isMet({ value, target, better }: Figure): boolean | null {
  if (target === undefined) return null;
  return better === 'higher' ? value >= target : value <= target;
}

/** A table of figures for people, one line each. */
export function figureTable(figures: Readonly<Record<string, Figure>>, quick: boolean): string[] {
  const rows = Object.entries(figures).map(([name, figure]) => [
    name,
    `${format(figure.value)} ${figure.unit}`,
    figure.target === undefined ? '' : `${figure.better === 'higher' ? '>=' : '<='} ${format(figure.target)}`,
    quick ? 'smoke' : verdict(figure),
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 1 ? cell.padStart(widths[1] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

function verdict(figure: Figure): string {
  const met = isMet(figure);
  if (met === null) return '';
  return met ? 'met' : 'missed';
}

function format(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: Math.abs(value) >= 100 ? 0 : 2 });
}
