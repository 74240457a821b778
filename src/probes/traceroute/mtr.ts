import { traceLimitMs } from '../../model/kinds/traceroute.ts';
import { parseMtr } from '../../parsers/mtr/mtr.ts';
import type { MtrHop } from '../../parsers/mtr/report.ts';
import { DETECT_MS, lastWords, MOST_OUTPUT, portOf, secondsOf, sourcePortFor, startProblem } from './tool.ts';
import type { FoundHop, Order, TraceTool } from './tool.ts';

const REMEDY = 'its helper mtr-packet needs cap_net_raw';

/** Without root mtr refuses to go round more than once a second; routers limit their answers to about as many. */
const ROUND_S = '1';

/**
 * The raw form, because JSON names one router of a hop where several answer. UDP has both ports fixed and numbers its
 * probes in the checksum. TCP is not asked of mtr: it takes another source port for every probe.
 */
export function mtrArguments({ address, protocol, spec }: Order): string[] {
  return [
    '--raw',
    ...(spec.resolve_names ? [] : ['-n']),
    address.family === 6 ? '-6' : '-4',
    ...['-c', String(spec.queries), '-i', ROUND_S, '-G', secondsOf(spec.timeout_ms)],
    // Unanswered hops in a row do not end it before the farthest is tried.
    ...['-f', String(spec.first_ttl), '-m', String(spec.max_hops), '-U', String(spec.max_hops)],
    ...(protocol === 'udp' ? ['-u', '-L', String(sourcePortFor(address.address)), '-P', String(portOf(protocol, spec))] : []),
    address.address,
  ];
}

export const mtr: TraceTool = {
  name: 'mtr',
  protocols: ['icmp', 'udp'],

  async measure(order, context, signal) {
    const { protocol, spec } = order;
    // With both ports fixed, mtr 0.92 to 0.95 numbers no probe over IPv6, and loses every answer.
    if (protocol === 'udp' && order.address.family === 6) return { unavailable: 'mtr cannot keep one flow of UDP over IPv6' };
    const outcome = await context.run('mtr', mtrArguments(order), { signal, timeoutMs: traceLimitMs(spec), maxBytes: MOST_OUTPUT });
    signal.throwIfAborted();
    const problem = startProblem('mtr', outcome);
    if (problem !== null) return problem;
    const report = parseMtr(outcome.stdout);
    if (report.hops.length === 0) return lastWords('mtr', outcome, REMEDY);
    return {
      found: {
        tool: 'mtr',
        protocol,
        port: protocol === 'udp' ? portOf(protocol, spec) : null,
        flow: protocol === 'udp' ? 'ports' : 'addresses',
        hops: withoutRepeats(report.hops.map(hopOf)),
        problems: [...report.problems, ...outcome.stderr.split('\n')].filter((line) => line.trim() !== ''),
        timedOut: outcome.timedOut,
      },
    };
  },

  async detect(_protocol, context) {
    const version = await context.run('mtr', ['--version'], { timeoutMs: DETECT_MS });
    const problem = startProblem('mtr', version);
    if (problem !== null) return problem;
    const trial = await context.run('mtr', ['--raw', '-n', '-c', '1', '-m', '1', '-G', '0.1', '127.0.0.1'], { timeoutMs: DETECT_MS });
    if (parseMtr(trial.stdout).hops.length === 0) return lastWords('mtr', trial, REMEDY);
    return { version: /mtr (\S+)/i.exec(version.stdout)?.[1] ?? null };
  },
};

function hopOf({ ttl, name, addresses, probes }: MtrHop): FoundHop {
  // The name that mtr prints is the one of the address seen first.
  const named = addresses[0];
  return {
    ttl,
    probes: (probes ?? []).map(({ address, rttMs }) => ({
      address,
      name: address === named ? name : null,
      rttMs,
      icmp: null,
    })),
  };
}

/**
 * mtr takes a router's "unreachable" for an answer from every distance behind it: that router is at the first of
 * them, and the others are none. A loop shows more than one router, and stays.
 */
export function withoutRepeats(hops: readonly FoundHop[]): FoundHop[] {
  const addressesOf = ({ probes }: FoundHop): Set<string> => new Set(probes.flatMap(({ address }) => (address === null ? [] : [address])));
  const last = hops.findLast((hop) => addressesOf(hop).size > 0);
  const [only, ...others] = last === undefined ? [] : [...addressesOf(last)];
  if (only === undefined || others.length > 0) return [...hops];
  let first = hops.length;
  for (let i = hops.length - 1; i >= 0; i--) {
    const hop = hops[i];
    if (hop === undefined || [...addressesOf(hop)].some((address) => address !== only)) break;
    if (addressesOf(hop).size > 0) first = i;
  }
  return hops.slice(0, first + 1);
}
