import { traceLimitMs } from '../../model/kinds/traceroute.ts';
import { isLost } from '../../parsers/traceroute/trace.ts';
import { parseTraceroute } from '../../parsers/traceroute/traceroute.ts';
import type { ProbeContext } from '../probe.ts';
import { DETECT_MS, lastWords, MOST_OUTPUT, portOf, secondsOf, sourcePortFor, startProblem } from './tool.ts';
import type { Order, TraceFlow, TraceTool } from './tool.ts';

/** Families of `traceroute` whose options differ. */
export type TracerouteDialect = 'linux' | 'busybox' | 'inetutils' | 'bsd';

export interface TraceCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly flow: TraceFlow;
}

const REMEDY = 'traceroute needs root for ICMP and TCP, or a group that net.ipv4.ping_group_range allows for ICMP';

/** The program and its arguments; null where it cannot send this. The address has been checked to be one. */
export function tracerouteCommand(dialect: TracerouteDialect, order: Order): TraceCommand | null {
  const { address, protocol, spec } = order;
  const numeric = spec.resolve_names ? [] : ['-n'];
  const common = ['-f', String(spec.first_ttl), '-m', String(spec.max_hops), '-q', String(spec.queries)];
  const wholeSeconds = String(Math.max(1, Math.ceil(spec.timeout_ms / 1000)));
  const icmp = ['-I', ...common, '-w', wholeSeconds, address.address];
  switch (dialect) {
    case 'linux': {
      const base = [...numeric, address.family === 6 ? '-6' : '-4', ...common, '-w', secondsOf(spec.timeout_ms)];
      if (protocol === 'icmp') return { file: 'traceroute', args: ['-I', ...base, address.address], flow: 'addresses' };
      // A source port of our own makes it send one probe after the other: the price of one flow.
      const ports = ['-p', String(portOf(protocol, spec)), `--sport=${sourcePortFor(address.address)}`];
      return { file: 'traceroute', args: [protocol === 'udp' ? '-U' : '-T', ...ports, ...base, address.address], flow: 'ports' };
    }
    case 'bsd': {
      const file = address.family === 6 ? 'traceroute6' : 'traceroute';
      if (protocol === 'icmp') return { file, args: [...numeric, ...icmp], flow: 'addresses' };
      // traceroute6 has neither TCP nor a fixed port.
      if (address.family === 6) {
        if (protocol === 'tcp') return null;
        return { file, args: [...numeric, ...common, '-w', wholeSeconds, '-p', String(portOf(protocol, spec)), address.address], flow: 'varying' };
      }
      const ports = ['-e', '-P', protocol, '-p', String(portOf(protocol, spec))];
      return { file, args: [...numeric, ...ports, ...common, '-w', wholeSeconds, address.address], flow: 'ports' };
    }
    case 'busybox':
    case 'inetutils': {
      if (protocol === 'tcp' || (dialect === 'inetutils' && address.family === 6)) return null;
      // inetutils looks no name up unless it is told to.
      const names = dialect === 'busybox' ? numeric : spec.resolve_names ? ['--resolve-hostnames'] : [];
      if (protocol === 'icmp') return { file: 'traceroute', args: [...names, ...icmp], flow: 'addresses' };
      return {
        file: 'traceroute',
        args: [...names, ...common, '-w', wholeSeconds, '-p', String(portOf(protocol, spec)), address.address],
        flow: 'varying',
      };
    }
  }
}

/** Which dialect the installed traceroute speaks, from what `traceroute --version` prints; those that know no such option are BSD's. */
export function tracerouteDialect(version: string): TracerouteDialect {
  if (/modern traceroute for linux/i.test(version)) return 'linux';
  if (/busybox/i.test(version)) return 'busybox';
  return /inetutils/i.test(version) ? 'inetutils' : 'bsd';
}

export const unixTraceroute: TraceTool = {
  name: 'traceroute',
  protocols: ['icmp', 'udp', 'tcp'],

  async measure(order, context, signal) {
    const { protocol, spec } = order;
    const version = await versionOf(context, signal);
    signal.throwIfAborted();
    const command = tracerouteCommand(tracerouteDialect(version), order);
    if (command === null) return { unavailable: `the traceroute of this machine cannot send ${protocol.toUpperCase()} there` };
    const outcome = await context.run(command.file, command.args, { signal, timeoutMs: traceLimitMs(spec), maxBytes: MOST_OUTPUT });
    signal.throwIfAborted();
    const problem = startProblem(command.file, outcome);
    if (problem !== null) return problem;
    const trace = parseTraceroute(outcome.stdout);
    if (trace.hops.length === 0) return lastWords(command.file, outcome, REMEDY);
    return {
      found: {
        tool: 'traceroute',
        protocol,
        port: protocol === 'icmp' ? null : portOf(protocol, spec),
        flow: command.flow,
        hops: trace.hops,
        // BSD prints its header there.
        problems: [...trace.problems, ...outcome.stderr.split('\n').filter((line) => line.trim() !== '' && !/^traceroute6? to /.test(line))],
        timedOut: outcome.timedOut,
      },
    };
  },

  async detect(protocol, context) {
    const version = await context.run('traceroute', ['--version'], { timeoutMs: DETECT_MS });
    const problem = startProblem('traceroute', version);
    if (problem !== null) return problem;
    const text = `${version.stdout}\n${version.stderr}`;
    const spec = { max_hops: 1, first_ttl: 1, queries: 1, timeout_ms: 1000, protocol, port: 0, family: 'any', resolve_names: false } as const;
    const command = tracerouteCommand(tracerouteDialect(text), { address: { address: '127.0.0.1', family: 4 }, protocol, spec });
    if (command === null) return { unavailable: `the traceroute of this machine cannot send ${protocol.toUpperCase()}` };
    const trial = await context.run(command.file, command.args, { timeoutMs: DETECT_MS });
    const answered = parseTraceroute(trial.stdout).hops.some(({ probes }) => probes.some((probe) => !isLost(probe)));
    if (!answered) return lastWords('traceroute', trial, REMEDY);
    return { version: /version (\S+)|busybox v(\S+)|inetutils\) (\S+)/i.exec(text)?.slice(1).find(Boolean) ?? null };
  },
};

async function versionOf(context: ProbeContext, signal: AbortSignal): Promise<string> {
  const { stdout, stderr } = await context.run('traceroute', ['--version'], { timeoutMs: DETECT_MS, signal });
  return `${stdout}\n${stderr}`;
}
