import { isIpv4, isIpv6 } from '../address.ts';
import { hostOf } from './json.ts';
import { MOST_MTR_PROBLEMS, MOST_TTL, NO_FIGURES, withoutSilence } from './report.ts';
import type { MtrHop, MtrReport } from './report.ts';

const HEADER = /^HOST:\s*(\S*)\s+(.*)$/;
const HOP = /^\s*(\d{1,3})\.\s*(?:(AS\S+)\s*)?\|--\s*(.*)$/;
/** Further addresses of the hop above, and MPLS labels. */
const FURTHER = /^\s+\|\s*(?:`\|--|\|--|`--|\+--)\s*(.*)$/;
const USUAL = ['Loss%', 'Snt', 'Last', 'Avg', 'Best', 'Wrst', 'StDev'];

/** `mtr --report` and `--report-wide`, by the columns that its header names. */
export function parseMtrText(text: string): MtrReport {
  const problems = new Set<string>();
  const hops: MtrHop[] = [];
  let columns = USUAL;
  let source: string | null = null;
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (line.trim() === '' || line.startsWith('Start:')) continue;
    const header = HEADER.exec(line);
    if (header !== null) {
      source = header[1] ?? null;
      columns = (header[2] ?? '').trim().split(/\s+/);
      continue;
    }
    const last = hops.at(-1);
    const hop = hopOf(line, columns);
    const further = FURTHER.exec(line)?.[1]?.trim();
    if (hop !== null && hop.ttl > (last?.ttl ?? 0)) hops.push(hop);
    else if (further !== undefined && last !== undefined) {
      const { addresses } = hostOf(further);
      hops[hops.length - 1] = { ...last, addresses: [...new Set([...last.addresses, ...addresses])] };
    } else problems.add(line.slice(0, 200));
  }
  const cycles = hops.reduce<number | null>((most, { sent }) => (sent === null ? most : Math.max(most ?? 0, sent)), null);
  return { form: 'report', version: null, source, destination: null, cycles, hops, problems: [...problems].slice(0, MOST_MTR_PROBLEMS) };
}

function hopOf(line: string, columns: readonly string[]): MtrHop | null {
  const match = HOP.exec(line);
  const cells = (match?.[3] ?? '').trim().split(/\s+/);
  const ttl = Number(match?.[1]);
  const figures = cells.slice(-columns.length);
  if (match === null || ttl < 1 || ttl > MOST_TTL || cells.length <= columns.length) return null;
  const number = (name: string): number | null => {
    const cell = figures[columns.indexOf(name)] ?? '';
    return /^\d{1,12}(?:\.\d{1,12})?%?$/.test(cell) ? Number(cell.replace('%', '')) : null;
  };
  const sent = number('Snt');
  const loss = number('Loss%');
  const lossPct = loss !== null && loss <= 100 ? loss : null;
  if (sent === null && lossPct === null) return null;
  const host = cells.slice(0, -columns.length).join(' ');
  const [, wide] = /^(\S+)\s+\(([^)]+)\)$/.exec(host) ?? [];
  return withoutSilence({
    ...NO_FIGURES,
    ttl,
    ...(wide === undefined && (isIpv4(host) || isIpv6(host)) ? { addresses: [host], name: null } : hostOf(host)),
    asn: match[2] === undefined || match[2] === 'AS???' ? null : match[2],
    sent,
    received: sent === null || lossPct === null ? null : Math.round(sent * (1 - lossPct / 100)),
    lossPct,
    lastMs: number('Last'),
    avgMs: number('Avg'),
    bestMs: number('Best'),
    worstMs: number('Wrst'),
    stddevMs: number('StDev'),
  });
}
