import { randomUUID } from 'node:crypto';
import type { ResultRow, SpoolBatch } from './results-store.ts';

/** An instant all tests start from. */
export const START_MS = Date.UTC(2026, 10, 1);

/** A plain successful ping, changed as a test needs it. */
export function resultRow(changes: Partial<ResultRow> = {}): ResultRow {
  return {
    id: randomUUID(),
    run: null,
    plannedAt: null,
    startedAt: START_MS,
    durationMs: null,
    clockOffsetMs: null,
    kind: 'ping',
    agentId: 1,
    destinationId: 1,
    jobId: 1,
    status: 'success',
    failure: null,
    metrics: { rtt_avg_ms: 10, packet_loss_pct: 0 },
    labels: {},
    details: {},
    ...changes,
  };
}

/** `count` rows a second apart. */
export function resultRows(count: number, changes: (index: number) => Partial<ResultRow> = () => ({})): ResultRow[] {
  return Array.from({ length: count }, (_, i) => resultRow({ startedAt: START_MS + i * 1000, ...changes(i) }));
}

/** A batch of agent 1 whose first row has sequence number `first`. */
export function spoolBatch(rows: readonly ResultRow[], first: number, changes: Partial<SpoolBatch> = {}): SpoolBatch {
  const seqs = rows.map((_, i) => first + i);
  return { agentId: 1, epoch: 'a', rows, seqs, through: first + rows.length - 1, ...changes };
}
