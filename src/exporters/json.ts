import type { Exporter } from './exporter.ts';
import { rowWriter } from './json-rows.ts';

/** One array of flat objects, a row a line. */
export const json: Exporter = {
  extension: 'json',
  contentType: 'application/json; charset=utf-8',
  mostRows: null,
  async *write({ table }) {
    const write = rowWriter(table.columns);
    let before = '[';
    for await (const rows of table.batches()) {
      if (rows.length === 0) continue;
      yield before + rows.map(write).join(',\n');
      before = ',\n';
    }
    yield before === '[' ? '[]\n' : ']\n';
  },
};
