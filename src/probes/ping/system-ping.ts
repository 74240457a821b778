import { parsePing } from '../../parsers/ping.ts';
import type { PingReport } from '../../parsers/ping.ts';
import type { ExactRtt, Packet } from './packets.ts';
import { DETECT_MS, lastWords, startProblem, toolLimits } from './tool.ts';
import type { PingSpec, PingTool } from './tool.ts';

/** Families of `ping` whose options differ. */
export type PingDialect = 'iputils' | 'busybox' | 'bsd' | 'windows';

/** The program and its arguments. The address has been checked to be one, and follows `--` where that is understood. */
export function pingCommand(dialect: PingDialect, address: string, spec: PingSpec): { file: string; args: string[] } {
  const six = address.includes(':');
  const seconds = (ms: number): string => String(ms / 1000);
  const wholeSeconds = (ms: number): string => String(Math.max(1, Math.ceil(ms / 1000)));
  const common = ['-c', String(spec.count), '-s', String(spec.size), '-i', seconds(spec.period_ms)];
  switch (dialect) {
    case 'iputils':
      return { file: 'ping', args: ['-n', ...common, '-W', seconds(spec.timeout_ms), '--', address] };
    case 'busybox':
      return { file: 'ping', args: [...common, '-W', wholeSeconds(spec.timeout_ms), '--', address] };
    case 'bsd':
      // ping6 of macOS and older BSDs has no option for the wait; the interrupt ends it.
      if (six) return { file: 'ping6', args: ['-n', ...common, '--', address] };
      return { file: 'ping', args: ['-n', ...common, '-W', String(spec.timeout_ms), '--', address] };
    case 'windows':
      return { file: 'ping', args: ['-n', String(windowsCount(spec)), '-w', String(spec.timeout_ms), '-l', String(spec.size), address] };
  }
}

/** Windows sends once a second and cannot be told otherwise: as many packets as fit the time the run may take. */
function windowsCount(spec: PingSpec): number {
  return Math.max(1, Math.min(spec.count, 1 + Math.floor(((spec.count - 1) * spec.period_ms) / 1000)));
}

/** Which dialect the installed ping speaks, from the platform and what `ping -V` prints. */
export function pingDialect(platform: string, version: string): PingDialect {
  if (platform === 'win32') return 'windows';
  if (/busybox/i.test(version)) return 'busybox';
  return platform === 'linux' || platform === 'android' ? 'iputils' : 'bsd';
}

/** Packets by number from the lines. Where the tool prints no numbers (Windows), replies come in the order of sending. */
export function packetsOf(report: PingReport, sent: number, firstSeq: number): Packet[] {
  const packets: Packet[] = Array.from({ length: sent }, (_, i) => ({ seq: i + 1, rttMs: null }));
  let next = 0;
  for (const reply of report.replies) {
    const index = reply.seq === null ? next++ : reply.seq - firstSeq;
    const known = packets[index];
    if (known === undefined || reply.rttMs === null) continue;
    if (known.rttMs !== null) packets[index] = { ...known, duplicate: true };
    else packets[index] = { seq: known.seq, rttMs: reply.rttMs, ...(reply.ttl !== null && { ttl: reply.ttl }) };
  }
  return packets;
}

/** The summary's figures, where it speaks of the same replies as the lines: it counts duplicates and late ones too. */
export function exactRtt(report: PingReport, packets: readonly Packet[]): ExactRtt | undefined {
  const rtts = packets.flatMap(({ rttMs }) => (rttMs === null ? [] : [rttMs]));
  const rtt = report.summary?.rtt;
  if (!rtt || report.resolutionMs === null) return undefined;
  if (report.summary.received !== rtts.length || report.replies.length !== rtts.length) return undefined;
  const near = (a: number, b: number): boolean => Math.abs(a - b) <= (report.resolutionMs ?? 0);
  const mean = rtts.reduce((sum, value) => sum + value, 0) / rtts.length;
  return near(mean, rtt.avgMs) && near(Math.min(...rtts), rtt.minMs) && near(Math.max(...rtts), rtt.maxMs) ? rtt : undefined;
}

/** BSD and BusyBox, whose header reads `PING x (addr): 56 data bytes`, count from 0; iputils from 1. */
function firstSeqOf(output: string): number {
  return /^PING6\(|\): \d+ data bytes/m.test(output) ? 0 : 1;
}

export const systemPing: PingTool = {
  name: 'ping',

  async measure({ address }, spec, context, signal) {
    const version = process.platform === 'win32' ? '' : await pingVersion(context.run, signal);
    signal.throwIfAborted();
    const dialect = pingDialect(process.platform, version);
    const { file, args } = pingCommand(dialect, address, spec);
    const outcome = await context.run(file, args, { signal, ...toolLimits(spec) });
    signal.throwIfAborted();
    const problem = startProblem(file, outcome);
    if (problem !== null) return { unavailable: problem };
    const report = parsePing(`${outcome.stdout}\n${outcome.stderr}`);
    // Without a summary, a reply or a word of the network nothing was sent: a refused option or socket.
    if (report.summary === null && report.replies.length === 0 && !report.troubles.some(({ message }) => /unreach|no route/i.test(message))) {
      return { unavailable: lastWords(file, outcome) };
    }
    const packets = packetsOf(report, dialect === 'windows' ? windowsCount(spec) : spec.count, firstSeqOf(outcome.stdout));
    const errors = report.troubles.map(({ message }) => message);
    return { measured: { tool: 'ping', packets, errors, resolutionMs: report.resolutionMs, exact: exactRtt(report, packets) } };
  },

  async detect(context) {
    const windows = process.platform === 'win32';
    const args = windows ? ['-n', '1', '127.0.0.1'] : ['-c', '1', '127.0.0.1'];
    const trial = await context.run('ping', args, { timeoutMs: DETECT_MS });
    const problem = startProblem('ping', trial);
    if (problem !== null) return { unavailable: problem };
    if (parsePing(trial.stdout).replies.length === 0) return { unavailable: lastWords('ping', trial) };
    const version = windows ? '' : await pingVersion(context.run, undefined);
    return { version: /(?:iputils[ -]?s?|busybox v)(\S+)/i.exec(version)?.[1] ?? null };
  },
};

async function pingVersion(run: Parameters<PingTool['detect']>[0]['run'], signal: AbortSignal | undefined): Promise<string> {
  const outcome = await run('ping', ['-V'], { timeoutMs: DETECT_MS, signal });
  return `${outcome.stdout}\n${outcome.stderr}`;
}
