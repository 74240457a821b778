import { traceLimitMs } from '../../model/kinds/traceroute.ts';
import { isLost } from '../../parsers/traceroute/trace.ts';
import { parseTracert } from '../../parsers/traceroute/tracert.ts';
import { DETECT_MS, lastWords, MOST_OUTPUT, startProblem } from './tool.ts';
import type { Order, TraceTool } from './tool.ts';

const REMEDY = 'tracert was refused by Windows';

/** Windows sends three echo requests to each hop, from the first, and cannot be told otherwise. */
export function tracertArguments({ address, spec }: Order): string[] {
  const numeric = spec.resolve_names ? [] : ['-d'];
  return [...numeric, address.family === 6 ? '-6' : '-4', '-h', String(spec.max_hops), '-w', String(spec.timeout_ms), address.address];
}

export const tracert: TraceTool = {
  name: 'tracert',
  protocols: ['icmp'],

  async measure(order, context, signal) {
    const { spec } = order;
    const outcome = await context.run('tracert', tracertArguments(order), { signal, timeoutMs: traceLimitMs(spec), maxBytes: MOST_OUTPUT });
    signal.throwIfAborted();
    const problem = startProblem('tracert', outcome);
    if (problem !== null) return problem;
    const trace = parseTracert(outcome.stdout);
    if (trace.hops.length === 0) return lastWords('tracert', outcome, REMEDY);
    return {
      found: {
        tool: 'tracert',
        protocol: 'icmp',
        port: null,
        flow: 'addresses',
        hops: trace.hops.filter(({ ttl }) => ttl >= spec.first_ttl),
        problems: trace.problems,
        timedOut: outcome.timedOut,
      },
    };
  },

  async detect(_protocol, context) {
    const trial = await context.run('tracert', ['-d', '-h', '1', '-w', '500', '127.0.0.1'], { timeoutMs: DETECT_MS });
    const problem = startProblem('tracert', trial);
    if (problem !== null) return problem;
    const answered = parseTracert(trial.stdout).hops.some(({ probes }) => probes.some((probe) => !isLost(probe)));
    return answered ? { version: null } : lastWords('tracert', trial, REMEDY);
  },
};
