import type { Kind } from '../model/kinds/index.ts';
import type { Probe } from './probe.ts';

/**
 * Every kind's probe, loaded when it is first needed: an agent that only pings never loads a DNS library. A kind
 * without a line here does not compile.
 */
export const probes = {
  ping: async () => (await import('./ping/ping.ts')).ping,
  traceroute: async () => (await import('./traceroute/traceroute.ts')).traceroute,
  dns: async () => (await import('./dns/dns.ts')).dns,
  http: async () => (await import('./http/http.ts')).http,
  throughput: async () => (await import('./throughput/throughput.ts')).throughput,
  system: async () => (await import('./system/system.ts')).system,
} as const satisfies { [K in Kind]: () => Promise<Probe<K>> };

/** The probe of one kind. */
export function loadProbe<K extends Kind>(kind: K): Promise<Probe<K>> {
  const load: { [Each in Kind]: () => Promise<Probe<Each>> } = probes;
  return load[kind]();
}
