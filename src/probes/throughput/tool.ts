import { abortable } from '../abortable.ts';
import type { Failure } from '../../model/failure.ts';
import type { SpecOf } from '../../model/kinds/kind.ts';
import { UDP_DEFAULT_MBPS } from '../../model/kinds/throughput.ts';
import type { throughput } from '../../model/kinds/throughput.ts';
import type { ProbeContext } from '../probe.ts';

export type ThroughputSpec = SpecOf<typeof throughput>;

export const TOOL = 'iperf3';

/** Major and minor number. */
export type Version = readonly [number, number];

export interface Tool {
  /** As the tool prints it: 3.12, 3.17.1+. */
  readonly version: string;
  readonly number: Version;
}

/** The tool answers at once. */
const VERSION_MS = 3000;

/** Before 3.1 the JSON lacks what the metrics need. */
export const OLDEST: Version = [3, 1];
/** --connect-timeout and --forceflush came with it. */
export const CONNECT_TIMEOUT_SINCE: Version = [3, 2];
export const BIDIRECTIONAL_SINCE: Version = [3, 7];

export function isAtLeast(version: Version, oldest: Version): boolean {
  return version[0] > oldest[0] || (version[0] === oldest[0] && version[1] >= oldest[1]);
}

/** The tool as it is installed here, or why it cannot measure. */
export async function findTool(context: ProbeContext, signal?: AbortSignal): Promise<Tool | Failure> {
  const asked = context.run(TOOL, ['--version'], { signal, timeoutMs: VERSION_MS });
  const outcome = await (signal === undefined ? asked : abortable(asked, signal));
  const agent = (code: string, message: string): Failure => ({ source: 'agent', code, message });
  const { startError } = outcome;
  if (startError === 'EPERM' || startError === 'EACCES') return agent('not_permitted', `${TOOL} may not be run by this user (${startError})`);
  if (startError === 'ENOENT') return agent('tool_missing', `${TOOL} is not installed`);
  if (startError !== null) return agent('tool_missing', `${TOOL} could not be started (${startError})`);
  const found = /^iperf (\d+)\.(\d+)(\S*)/m.exec(`${outcome.stdout}\n${outcome.stderr}`);
  if (found === null)
    return agent('tool_failed', `${TOOL} did not say its version: ${firstLine(outcome.stderr) ?? `exit status ${outcome.exitCode}`}`);
  const number: Version = [Number(found[1]), Number(found[2])];
  const version = `${found[1]}.${found[2]}${found[3]}`.slice(0, 64);
  if (!isAtLeast(number, OLDEST)) return tooOld(version, OLDEST, 'to measure');
  return { version, number };
}

export function tooOld(version: string, oldest: Version, what: string): Failure {
  return { source: 'agent', code: 'tool_too_old', message: `${TOOL} is too old ${what}: expected ${oldest.join('.')} or later, got ${version}` };
}

export function isFailure(found: Tool | Failure): found is Failure {
  return 'source' in found;
}

/** A day of seconds would print a day of intervals: longer tests get longer ones. */
const MOST_INTERVALS = 300;

/** Length of one interval, seconds. */
export function intervalSeconds(spec: ThroughputSpec): number {
  return Math.max(1, Math.ceil((spec.duration_s + spec.omit_s) / MOST_INTERVALS));
}

/** The rate one run keeps to in each direction; null where there is no limit. */
export function rateOf(spec: ThroughputSpec): number | null {
  return spec.rate_mbps ?? (spec.protocol === 'udp' ? UDP_DEFAULT_MBPS : null);
}

/** Arguments of the client. The address is an address, so it never begins with a dash. */
export function clientArguments(address: string, spec: ThroughputSpec, version: Version): string[] {
  const rate = rateOf(spec);
  const args = ['-c', address, '-p', String(spec.port), '--json', '-i', String(intervalSeconds(spec))];
  if (isAtLeast(version, CONNECT_TIMEOUT_SINCE)) args.push('--connect-timeout', String(spec.connect_timeout_ms));
  if (spec.protocol === 'udp') args.push('-u');
  if (spec.direction === 'down') args.push('-R');
  if (spec.direction === 'both') args.push('--bidir');
  if (spec.streams > 1) args.push('-P', String(spec.streams));
  args.push(...(spec.bytes === null ? ['-t', String(spec.duration_s)] : ['-n', String(spec.bytes)]));
  if (spec.omit_s > 0) args.push('-O', String(spec.omit_s));
  // The tool's limit is one stream's; ours is that of all together.
  if (rate !== null) args.push('-b', String(Math.max(1, Math.round((rate * 1e6) / spec.streams))));
  if (spec.length !== null) args.push('-l', String(spec.length));
  if (spec.protocol === 'tcp' && spec.mss !== null) args.push('-M', String(spec.mss));
  if (spec.protocol === 'tcp' && spec.congestion !== null) args.push('-C', spec.congestion);
  return args;
}

/** Arguments of a server of one test. Without --forceflush a pipe would hear that it listens when it has ended. */
export function serverArguments(port: number, bind: string | null): string[] {
  return ['-s', '-1', '-p', String(port), '--forceflush', ...(bind === null ? [] : ['-B', bind])];
}

export function firstLine(text: string): string | null {
  return (
    text
      .split('\n')
      .map((line) => line.trim())
      .find((line) => line !== '')
      ?.slice(0, 300) ?? null
  );
}
