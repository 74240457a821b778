import { csv } from './csv.ts';
import type { Exporter } from './exporter.ts';
import { json } from './json.ts';
import { ndjson } from './ndjson.ts';
import { xlsx } from './xlsx/xlsx.ts';

/** Every format a table can be exported in. Adding one: its file, and a line in this object. */
export const exporters = { xlsx, csv, json, ndjson } as const satisfies Record<string, Exporter>;

export type ExportFormat = keyof typeof exporters;

export const exportFormats = Object.keys(exporters) as readonly ExportFormat[];
