import { parseInstant } from '../model/instant.ts';
import { CsvReader, type CsvRecord } from './csv.ts';
import type { ImportedRow, ImportOptions, TextPieces } from './importer.ts';
import { instantOf, LocalZone, parseLocal } from './local-time.ts';
import { speedOutcome, type SpeedFigures } from './speedtest-outcome.ts';

/** What a column may be called, in lower case with _ between the words. The first that a header has is taken. */
const names = {
  start: ['datetimestart', 'started_at', 'start_time', 'timestamp', 'datetime', 'time', 'date'],
  stop: ['datetimestop', 'ended_at', 'end_time', 'stop'],
  isp: ['isp', 'provider'],
  server: ['server_name', 'server', 'sponsor'],
  location: ['server_location', 'location'],
  distance: ['distance', 'distance_km'],
  ip: ['external_ip', 'ip_address', 'ip'],
  url: ['result_url', 'share', 'url'],
  download_mbps: ['download_mbps', 'download'],
  upload_mbps: ['upload_mbps', 'upload'],
  ping_ms: ['ping_ms', 'ping', 'latency'],
  jitter_ms: ['jitter_ms', 'jitter'],
  packet_loss_pct: ['packet_loss_pct', 'packet_loss', 'packetloss'],
} as const;

type Column = keyof typeof names;
type Columns = Partial<Record<Column, number>>;

const figures = ['download_mbps', 'upload_mbps', 'ping_ms', 'jitter_ms', 'packet_loss_pct'] as const;

/** A number as files have it: no exponent of a stray word, no hexadecimal, no blanks within. */
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/;

/** Speed tests from a CSV file with a header; speeds in Mbit/s, times of the wall clock of a zone. */
export async function* speedtestCsv(pieces: TextPieces, { timeZone }: ImportOptions): AsyncGenerator<ImportedRow> {
  const rows = new SpeedtestRows(new LocalZone(timeZone));
  const csv = new CsvReader();
  for await (const piece of pieces) {
    for (const record of csv.push(piece)) {
      const row = rows.read(record);
      if (row === null) continue;
      yield row;
      if ('fatal' in row) return;
    }
  }
  for (const record of csv.end()) {
    const row = rows.read(record);
    if (row !== null) yield row;
  }
  if (!rows.begun) yield { line: 1, refused: 'the file is empty: expected a header', fatal: true };
}

class SpeedtestRows {
  readonly #zone: LocalZone;
  #columns: Columns | null = null;
  #width = 0;
  /** Instant of the row before. */
  #before: number | null = null;

  constructor(zone: LocalZone) {
    this.#zone = zone;
  }

  get begun(): boolean {
    return this.#columns !== null;
  }

  /** The record's row; null for the header. */
  read({ line, fields, problem }: CsvRecord): ImportedRow | null {
    if (this.#columns === null) {
      const columns = columnsOf(fields);
      this.#columns = columns;
      this.#width = fields.length;
      const lacking = problem ?? lackOf(columns);
      return lacking === null ? null : { line, refused: `not a header of speed tests: ${lacking}`, fatal: true };
    }
    if (problem !== null) return { line, refused: problem };
    if (fields.length !== this.#width) return { line, refused: `expected ${this.#width} fields as in the header, got ${fields.length}` };
    const result = this.#result(this.#columns, fields);
    return typeof result === 'string' ? { line, refused: result } : { line, result };
  }

  #result(columns: Columns, fields: readonly string[]): Extract<ImportedRow, { result: unknown }>['result'] | string {
    const text = (column: Column): string => fields[columns[column] ?? -1]?.trim() ?? '';
    const startedAt = this.#instant(text('start'), this.#before);
    if (typeof startedAt === 'string') return startedAt;

    const read: Record<string, number> = {};
    for (const column of figures) {
      const value = text(column);
      if (value === '') continue;
      if (!NUMBER.test(value)) return `invalid ${column}: expected a number, got ${shown(value)}`;
      read[column] = Number(value);
    }
    const outcome = speedOutcome(read satisfies SpeedFigures);
    if (typeof outcome === 'string') return outcome;

    this.#before = startedAt;
    const stoppedAt = text('stop') === '' ? null : this.#instant(text('stop'), startedAt);
    const distance = text('distance');
    const labels = { isp: text('isp'), server_name: text('server'), server_location: text('location') || placeOf(text('server')) };
    const long = Object.entries(labels).find(([, value]) => value.length > 256);
    if (long !== undefined) return `invalid ${long[0]}: expected at most 256 characters, got ${long[1].length}`;
    return {
      kind: 'speedtest',
      started_at: new Date(startedAt).toISOString(),
      duration_ms: typeof stoppedAt === 'number' && stoppedAt >= startedAt ? stoppedAt - startedAt : null,
      status: outcome.status,
      failure: outcome.failure,
      metrics: outcome.metrics,
      labels: filled(labels),
      details: {
        ...filled({ external_ip: text('ip'), result_url: text('url') }),
        ...(NUMBER.test(distance) ? { server_distance_km: Number(distance) } : {}),
        ...(outcome.status === 'success' ? {} : { raw: outcome.sentinels }),
      },
    };
  }

  #instant(text: string, before: number | null): number | string {
    const local = parseLocal(text);
    if (local !== null) {
      const instant = instantOf(local, this.#zone, before);
      return instant ?? `no such time in ${this.#zone.name}: clocks were put forward over ${text}`;
    }
    // With a zone of its own it needs none of ours.
    const instant = /[Zz]$|[+-]\d{2}:?\d{2}$/.test(text) ? parseInstant(text) : null;
    return instant ?? `invalid time: expected YYYY-MM-DD HH:MM:SS, got ${shown(text)}`;
  }
}

function columnsOf(header: readonly string[]): Columns {
  const found = header.map((name) =>
    name
      .trim()
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '_'),
  );
  const columns: Columns = {};
  for (const [column, aliases] of Object.entries(names) as [Column, readonly string[]][]) {
    const alias = aliases.find((one) => found.includes(one));
    if (alias !== undefined) columns[column] = found.indexOf(alias);
  }
  return columns;
}

/** What a header lacks; null where nothing. */
function lackOf(columns: Columns): string | null {
  if (columns.start === undefined) return `expected a column for the time, one of ${names.start.join(', ')}`;
  const some = [columns.download_mbps, columns.upload_mbps, columns.ping_ms].some((index) => index !== undefined);
  return some ? null : 'expected a column download, upload or ping';
}

/** The place in `Internode (Brisbane)`. */
function placeOf(server: string): string {
  return /\(([^()]+)\)$/.exec(server)?.[1] ?? '';
}

function filled(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== ''));
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 64));
}
