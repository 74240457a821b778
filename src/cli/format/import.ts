import { printable } from './text.ts';

/** What became of a file: rows = imported + failed_tests + refused, and what was imported was stored or there before. */
export interface ImportSummary {
  readonly file: string;
  readonly agent: string;
  readonly dry_run: boolean;
  readonly rows: number;
  /** Rows that are tests which succeeded. */
  readonly imported: number;
  /** Rows that are tests which failed: zeros, and what tools write when they gave up. */
  readonly failed_tests: number;
  readonly refused: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly refusals: readonly { readonly line: number; readonly reason: string }[];
}

/** Refusals that a terminal shows; all of them are in the JSON form. */
const SHOWN = 20;

export function importText(summary: ImportSummary): string {
  const { rows, imported, failed_tests, refused, stored, duplicates, refusals } = summary;
  const lines = [
    `${printable(summary.file)}: ${rows} rows${summary.dry_run ? ' (dry run: nothing was stored)' : ''}`,
    `  ${imported} tests`,
    `  ${failed_tests} tests that failed`,
    `  ${refused} rows refused`,
  ];
  if (!summary.dry_run) lines.push(`Imported for ${printable(summary.agent)}: ${storedText(stored, duplicates)}`);
  for (const { line, reason } of refusals.slice(0, SHOWN)) lines.push(`  line ${line}: ${printable(reason)}`);
  if (refusals.length > SHOWN) lines.push(`  and ${refusals.length - SHOWN} more: --json lists them all`);
  return `${lines.join('\n')}\n`;
}

function storedText(stored: number, duplicates: number): string {
  if (stored === 0 && duplicates > 0) return `nothing new: all ${duplicates} were there before`;
  return `${stored} new${duplicates === 0 ? '' : `, ${duplicates} were there before`}`;
}
