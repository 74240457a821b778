import type { ResultRow } from '../../store/results/results-store.ts';

/** The newest result of one agent, destination, kind and job. */
export interface Line {
  readonly row: ResultRow;
  /** Start of the first of those results that all ended as it did: well, or not. As far back as anything is remembered. */
  readonly since: number;
  /** Whether the one before those ended otherwise; false where none is remembered. */
  readonly hasTurned: boolean;
}

export interface Latest {
  note(rows: readonly ResultRow[]): void;
  /** Those that started at or after an instant. */
  since(instant: number): ResultRow[];
  lines(): Line[];
}

/** More lines than this are an import, or somebody playing: the least recently heard of go first. */
const MOST_LINES = 50_000;

export function createLatest(): Latest {
  const lines = new Map<string, Line>();
  return {
    note: (rows) => {
      for (const row of rows) {
        const key = `${row.agentId}/${row.destinationId ?? 0}/${row.jobId ?? 0}/${row.kind}`;
        const before = lines.get(key);
        if (before !== undefined && before.row.startedAt > row.startedAt) continue;
        // Deleted first, so that the map's order is the order in which lines were last heard of.
        lines.delete(key);
        lines.set(key, lineAfter(before, row));
        if (lines.size > MOST_LINES) lines.delete(lines.keys().next().value as string);
      }
    },
    since: (instant) => [...lines.values()].flatMap(({ row }) => (row.startedAt >= instant ? [row] : [])),
    lines: () => [...lines.values()],
  };
}

function lineAfter(before: Line | undefined, row: ResultRow): Line {
  if (before === undefined) return { row, since: row.startedAt, hasTurned: false };
  const isSame = (before.row.status === 'success') === (row.status === 'success');
  return isSame ? { ...before, row } : { row, since: row.startedAt, hasTurned: true };
}
