import type { Importer } from './importer.ts';
import { speedtestCsv } from './speedtest-csv.ts';

/** Every foreign format by the word that names it on the command line. */
export const importers = { speedtest: { title: 'speed tests, CSV with a header', read: speedtestCsv } } as const satisfies Record<
  string,
  { readonly title: string; readonly read: Importer }
>;
