import { parentPort } from 'node:worker_threads';
import type { Column, Row, Sheet } from '../exporter.ts';
import { writeWorkbook } from './workbook.ts';

export type ToWorker =
  | { readonly type: 'table'; readonly columns: readonly Column[] }
  | { readonly type: 'rows'; readonly rows: readonly Row[] }
  | { readonly type: 'finish'; readonly sheets: readonly Sheet[] };

export interface FromWorker {
  readonly workbook: Uint8Array;
}

let columns: readonly Column[] = [];
const rows: Row[] = [];

parentPort?.on('message', (message: ToWorker) => {
  if (message.type === 'table') columns = message.columns;
  else if (message.type === 'rows') for (const row of message.rows) rows.push(row);
  else void finish(message.sheets);
});

async function finish(sheets: readonly Sheet[]): Promise<void> {
  const workbook = await writeWorkbook([{ name: 'Raw metrics', columns, rows }, ...sheets]);
  parentPort?.postMessage({ workbook } satisfies FromWorker);
}
