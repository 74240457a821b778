import type { ResultRow } from '../../store/results/results-store.ts';

/** The newest result of each agent, destination, kind and job. */
export interface Latest {
  note(rows: readonly ResultRow[]): void;
  /** Those that started at or after an instant. */
  since(instant: number): ResultRow[];
}

/** More lines than this are an import, or somebody playing: the least recently heard of go first. */
const MOST_LINES = 50_000;

export function createLatest(): Latest {
  const lines = new Map<string, ResultRow>();
  return {
    note: (rows) => {
      for (const row of rows) {
        const key = `${row.agentId}/${row.destinationId ?? 0}/${row.jobId ?? 0}/${row.kind}`;
        const before = lines.get(key);
        if (before !== undefined && before.startedAt > row.startedAt) continue;
        // Deleted first, so that the map's order is the order in which lines were last heard of.
        lines.delete(key);
        lines.set(key, row);
        if (lines.size > MOST_LINES) lines.delete(lines.keys().next().value as string);
      }
    },
    since: (instant) => [...lines.values()].filter((row) => row.startedAt >= instant),
  };
}
