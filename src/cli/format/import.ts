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
    `  ${imported} imported`,
    `  ${failed_tests} imported as failed tests`,
    `  ${refused} refused`,
  ];
  if (!summary.dry_run) lines.push(`Stored for ${printable(summary.agent)}: ${stored} new, ${duplicates} there before`);
  for (const { line, reason } of refusals.slice(0, SHOWN)) lines.push(`  line ${line}: ${printable(reason)}`);
  if (refusals.length > SHOWN) lines.push(`  and ${refusals.length - SHOWN} more: --json lists them all`);
  return `${lines.join('\n')}\n`;
}
