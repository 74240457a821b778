import { Worker } from 'node:worker_threads';
import { siblingUrl } from '../../util/files.ts';
import type { Exporter } from '../exporter.ts';
import type { FromWorker, ToWorker } from './worker.ts';

/** Rows of one sheet in any version of Excel, heads included. */
const MOST_SHEET_ROWS = 1_048_576;

/** A workbook is made in memory, about 10 kB a row of thirty columns while it is written: this keeps it within the limit below. */
const MOST_ROWS = 50_000;

/** Beyond it the worker ends instead of the machine. */
const MOST_HEAP_MB = 768;

/** An Excel workbook: the table, what goes beside it, and native charts. Made in a thread of its own, because it takes seconds. */
export const xlsx: Exporter = {
  extension: 'xlsx',
  contentType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  mostRows: MOST_ROWS,
  why: `a sheet of Excel holds ${MOST_SHEET_ROWS} rows, and a workbook made here ${MOST_ROWS}`,
  async *write({ table, sheets }, { signal }) {
    const worker = new Worker(siblingUrl(import.meta.url, './worker.ts'), { resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MB } });
    const done = new Promise<Uint8Array>((resolve, reject) => {
      worker.on('message', (message: FromWorker) => resolve(message.workbook));
      worker.on('error', reject);
      worker.on('exit', (code) => reject(new Error(`the writer of the workbook ended with ${code}`)));
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    // It may fail while rows are still being read; whoever awaits it hears of it then.
    done.catch(() => undefined);
    const tell = (message: ToWorker): void => worker.postMessage(message);
    try {
      tell({ type: 'table', columns: table.columns });
      for await (const rows of table.batches()) {
        signal.throwIfAborted();
        tell({ type: 'rows', rows });
      }
      tell({ type: 'finish', sheets: await sheets() });
      yield await done;
    } finally {
      await worker.terminate();
    }
  },
};
