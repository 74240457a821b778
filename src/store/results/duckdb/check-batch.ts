import type { ForeignBatch, ResultRow, SpoolBatch } from '../results-store.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/**
 * A batch that breaks its contract is a fault of the caller. It is found before the batch joins others in a
 * transaction, so that it takes none of them down.
 */
export function checkSpool(batch: SpoolBatch): void {
  const { rows, seqs, through } = batch;
  if (rows.length !== seqs.length) throw new RangeError(`invalid batch: expected ${rows.length} sequence numbers, got ${seqs.length}`);
  let last = 0;
  for (const seq of seqs) {
    if (!Number.isSafeInteger(seq) || seq <= last) throw new RangeError(`invalid batch: expected a sequence number above ${last}, got ${seq}`);
    last = seq;
  }
  if (!Number.isSafeInteger(through) || through < last) throw new RangeError(`invalid batch: expected a mark of at least ${last}, got ${through}`);
  for (const row of rows) checkRow(row);
}

export function checkForeign(batch: ForeignBatch): void {
  for (const row of batch.rows) checkRow(row);
}

function checkRow(row: ResultRow): void {
  if (!isUuid(row.id)) throw new RangeError(`invalid result id: expected a UUID, got ${JSON.stringify(row.id)}`);
  if (!Number.isSafeInteger(row.startedAt)) throw new RangeError(`invalid start: expected whole milliseconds, got ${row.startedAt}`);
  if (row.plannedAt !== null && !Number.isSafeInteger(row.plannedAt)) {
    throw new RangeError(`invalid planned instant: expected whole milliseconds, got ${row.plannedAt}`);
  }
}
