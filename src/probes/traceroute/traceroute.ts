import { isIP } from 'node:net';
import type { Failure } from '../../model/failure.ts';
import { resolveHost } from '../resolve.ts';
import { hostOf, invalidTarget } from '../target.ts';
import type { Probe, ProbeOutcome } from '../probe.ts';
import { mtr } from './mtr.ts';
import { traceOutcome } from './outcome.ts';
import type { Protocol, TraceTool, Unavailable } from './tool.ts';
import { tracert } from './tracert.ts';
import { unixTraceroute } from './unix.ts';

/** In order of preference. */
const tools: readonly TraceTool[] = [mtr, unixTraceroute, tracert];

/** What to send where a protocol is not permitted; details say what was really sent. */
const SUBSTITUTE: Partial<Record<Protocol, Protocol>> = { icmp: 'udp' };

/** Every tool that can send this protocol, then every one that can send what stands for it. */
function waysOf(protocol: Protocol): { tool: TraceTool; protocol: Protocol }[] {
  const substitute = SUBSTITUTE[protocol];
  return [protocol, ...(substitute === undefined ? [] : [substitute])].flatMap((sent) =>
    tools.filter(({ protocols }) => protocols.includes(sent)).map((tool) => ({ tool, protocol: sent })),
  );
}

export const traceroute: Probe<'traceroute'> = {
  kind: 'traceroute',

  async detect(context) {
    const reasons = new Set<string>();
    for (const { tool, protocol } of waysOf('icmp')) {
      const found = await tool.detect(protocol, context);
      if ('unavailable' in found) {
        reasons.add(found.unavailable);
        continue;
      }
      const missing = [...reasons].join('; ');
      const note = protocol === 'icmp' ? missing : `UDP is sent instead of ICMP: ${missing}`;
      return { available: true, tool: tool.name, version: found.version, note: note === '' ? null : note };
    }
    return { available: false, tool: null, version: null, note: [...reasons].join('; ') };
  },

  async run(text, spec, context, signal) {
    signal.throwIfAborted();
    const host = hostOf(text);
    if (host === null) return nothing(invalidTarget('a host name or an address', text));
    const resolution = await resolveHost(host, spec.family, { context, signal });
    if ('failure' in resolution) return nothing(resolution.failure);
    const [address] = resolution.addresses;
    // The address becomes an argument of a program: whatever a resolver answers, it is one or nothing.
    if (isIP(address.address) === 0) return nothing(invalidTarget('an address from the resolver', address.address));
    const refusals: Unavailable[] = [];
    for (const { tool, protocol } of waysOf(spec.protocol)) {
      const attempt = await tool.measure({ address, protocol, spec }, context, signal);
      signal.throwIfAborted();
      if ('found' in attempt) return traceOutcome(attempt.found, address.address, spec);
      refusals.push(attempt);
    }
    return nothing(withoutTool(refusals));
  },
};

function nothing(failure: Failure): ProbeOutcome<'traceroute'> {
  return { status: 'failed', failure, metrics: {}, details: {} };
}

function withoutTool(refusals: readonly Unavailable[]): Failure {
  const reasons = [...new Set(refusals.map(({ unavailable }) => unavailable))].join('; ');
  if (/network is unreachable|no route to host/i.test(reasons)) {
    return { source: 'network', code: 'unreachable', message: `there is no route from this machine: ${reasons}` };
  }
  const code = refusals.some(({ forbidden }) => forbidden === true) ? 'not_permitted' : 'tool_missing';
  return { source: 'agent', code, message: `nothing can trace on this machine: ${reasons}` };
}
