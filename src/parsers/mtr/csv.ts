import { hostOf } from './json.ts';
import { MOST_MTR_PROBLEMS, MOST_TTL, NO_FIGURES, withoutSilence } from './report.ts';
import type { MtrHop, MtrReport } from './report.ts';

/** Columns of a text without a header. */
const USUAL = ['Mtr_Version', 'Start_Time', 'Status', 'Host', 'Hop', 'Ip', 'Loss%', 'Snt', '', 'Last', 'Avg', 'Best', 'Wrst', 'StDev'];

/** `mtr --csv`: one line a hop, read by the names of its header; old versions put semicolons between. Times are in milliseconds. */
export function parseMtrCsv(text: string): MtrReport {
  const problems = new Set<string>();
  const hops: MtrHop[] = [];
  let columns: readonly string[] = USUAL;
  let version: string | null = null;
  let destination: string | null = null;
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (line.trim() === '') continue;
    const cells = line.split(line.includes(';') && !line.includes(',') ? ';' : ',').map((cell) => cell.trim());
    if (cells[0] === 'Mtr_Version') {
      columns = cells;
      continue;
    }
    const row = new Map(columns.map((name, i) => [name.toLowerCase(), cells[i] ?? '']));
    const hop = hopOf(row);
    if (hop === null || hop.ttl <= (hops.at(-1)?.ttl ?? 0)) {
      problems.add(line.slice(0, 200));
      continue;
    }
    version ??= /^MTR\.(.+)$/.exec(cells[0] ?? '')?.[1] ?? null;
    destination ??= row.get('host') ?? null;
    hops.push(hop);
  }
  const cycles = hops.reduce<number | null>((most, { sent }) => (sent === null ? most : Math.max(most ?? 0, sent)), null);
  return { form: 'csv', version, source: null, destination, cycles, hops, problems: [...problems].slice(0, MOST_MTR_PROBLEMS) };
}

function hopOf(row: ReadonlyMap<string, string>): MtrHop | null {
  const number = (name: string): number | null => {
    const cell = row.get(name) ?? '';
    return /^\d{1,12}(?:\.\d{1,12})?%?$/.test(cell) ? Number(cell.replace('%', '')) : null;
  };
  const ttl = number('hop');
  if (ttl === null || !Number.isInteger(ttl) || ttl < 1 || ttl > MOST_TTL) return null;
  const sent = number('snt');
  const loss = number('loss%');
  const lossPct = loss !== null && loss <= 100 ? loss : null;
  return withoutSilence({
    ...NO_FIGURES,
    ttl,
    ...hostOf(row.get('ip') ?? ''),
    asn: row.get('asn') ?? null,
    sent,
    received: sent === null || lossPct === null ? null : Math.round(sent * (1 - lossPct / 100)),
    lossPct,
    lastMs: number('last'),
    avgMs: number('avg'),
    bestMs: number('best'),
    worstMs: number('wrst'),
    stddevMs: number('stdev'),
  });
}
