import { createSocket } from 'node:dgram';
import { hostOf, invalidTarget } from '../target.ts';
import { resolveHost } from '../resolve.ts';
import type { ResolvedAddress } from '../resolve.ts';
import type { Probe, ProbeOutcome } from '../probe.ts';
import { fping } from './fping.ts';
import { inTime, lossFailure, packetMetrics } from './packets.ts';
import type { Measured } from './packets.ts';
import { systemPing } from './system-ping.ts';
import { tcpPing } from './tcp.ts';
import type { PingSpec } from './tool.ts';

/** In order of preference; the last one always works. */
const tools = [fping, systemPing, tcpPing] as const;

/** Lines kept of what went wrong: the first ones say it. */
const MOST_ERRORS = 20;

export const ping: Probe<'ping'> = {
  kind: 'ping',

  async detect(context) {
    const reasons: string[] = [];
    for (const tool of tools) {
      const found = await tool.detect(context);
      if ('unavailable' in found) {
        reasons.push(found.unavailable);
        continue;
      }
      const fallback = tool === tcpPing ? `ICMP is not available (${reasons.join('; ')}); the time of TCP connects is measured instead` : null;
      return { available: true, tool: tool.name, version: found.version, note: fallback };
    }
    return { available: false, tool: null, version: null, note: reasons.join('; ') };
  },

  async run(text, spec, context, signal) {
    signal.throwIfAborted();
    const host = hostOf(text);
    if (host === null) return nothing(invalidTarget('a host name or an address', text));
    const resolution = await resolveHost(host, spec.family, { context, signal });
    if ('failure' in resolution) return nothing(resolution.failure);
    const [address] = resolution.addresses;
    const reasons: string[] = [];
    for (const tool of tools) {
      const attempt = await tool.measure(address, spec, context, signal);
      signal.throwIfAborted();
      if ('measured' in attempt) return outcomeOf(attempt.measured, address, spec);
      reasons.push(attempt.unavailable);
    }
    return nothing({ source: 'agent', code: 'tool_missing', message: `nothing can ping on this machine: ${reasons.join('; ')}` });
  },
};

function nothing(failure: NonNullable<ProbeOutcome['failure']>): ProbeOutcome<'ping'> {
  return { status: 'failed', failure, metrics: {}, details: {} };
}

async function outcomeOf(measured: Measured, address: ResolvedAddress, spec: PingSpec): Promise<ProbeOutcome<'ping'>> {
  const packets = inTime(measured.packets, spec.timeout_ms);
  const late = packets.some(({ rttMs }, i) => rttMs !== measured.packets[i]?.rttMs);
  const metrics = packetMetrics(packets, late ? undefined : measured.exact);
  const lost = metrics.packets_received === 0;
  const errors = [...measured.errors];
  if (lost && errors.length === 0) {
    const route = await routeProblem(address);
    if (route !== null) errors.push(route);
  }
  const details = {
    tool: measured.tool,
    address: address.address,
    replies: packets.map(({ seq, rttMs, ttl, duplicate }) => ({
      seq,
      rtt_ms: rttMs,
      ...(ttl !== undefined && { ttl }),
      ...(duplicate === true && { duplicate }),
    })),
    resolution_ms: measured.resolutionMs,
    errors: errors.slice(0, MOST_ERRORS),
    ...(measured.loopLagMs !== undefined && { loop_lag_ms: measured.loopLagMs }),
  };
  if (!lost) return { status: 'success', failure: null, metrics, details };
  return { ...lossFailure(address.address, packets.length, errors), metrics, details };
}

/** Port 9 is discard; connecting a UDP socket sends nothing, it only asks the kernel for a route. */
const DISCARD_PORT = 9;

/** fping does not say that there is no route: the kernel does. null where there is one. */
function routeProblem({ address, family }: ResolvedAddress): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
    const done = (words: string | null): void => {
      socket.close();
      resolve(words);
    };
    socket.on('error', () => done(null));
    socket.connect(DISCARD_PORT, address, (error?: NodeJS.ErrnoException) => {
      if (error?.code === 'ENETUNREACH') done('network is unreachable from this machine');
      else if (error?.code === 'EHOSTUNREACH') done('no route to host from this machine');
      else done(null);
    });
  });
}
