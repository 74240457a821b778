import type { Exporter } from './exporter.ts';
import { rowWriter } from './json-rows.ts';

/** A JSON object a line. */
export const ndjson: Exporter = {
  extension: 'ndjson',
  contentType: 'application/x-ndjson; charset=utf-8',
  mostRows: null,
  async *write({ table }) {
    const write = rowWriter(table.columns);
    for await (const rows of table.batches()) yield rows.map((row) => `${write(row)}\n`).join('');
  },
};
