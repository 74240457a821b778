import { connect } from 'node:net';
import type { KindDefinition } from '../model/kinds/kind.ts';
import { kinds } from '../model/kinds/index.ts';
import type { Clock } from '../util/clock.ts';
import { measure } from './measure.ts';
import type { ProbeContext } from './probe.ts';
import { resolveHost, type ResolvedAddress } from './resolve.ts';
import { hostOf, urlOf } from './target.ts';

/** Where a machine that answers no ping most often answers. */
const USUAL_PORTS = [443, 80];
const CONNECT_MS = 2000;

export interface ReachTarget {
  /** Host or URL. */
  readonly host: string;
  /** Options of a run there: a port among them is knocked on. */
  readonly spec: Readonly<Record<string, unknown>>;
}

/**
 * Whether anything answers there, for as little traffic as can be: the cheapest run of a kind that has one, then a
 * TCP connection, since many a host that serves pages drops pings. Sees the network through the context's guard.
 */
export async function reaches({ host: text, spec }: ReachTarget, context: ProbeContext, signal: AbortSignal): Promise<boolean> {
  const host = hostOf(text);
  if (host === null) return false;
  for (const definition of Object.values<KindDefinition>(kinds)) {
    if (definition.cheapest === undefined) continue;
    const { status } = await measure({ kind: definition.kind, host, spec: definition.cheapest }, context, signal);
    if (status === 'success') return true;
  }
  const resolution = await resolveHost(host, 'any', { context, signal });
  if ('failure' in resolution) return false;
  for (const port of portsOf(text, spec)) {
    if (await answers(resolution.addresses[0], port, { clock: context.clock, signal })) return true;
  }
  return false;
}

function portsOf(text: string, spec: ReachTarget['spec']): readonly number[] {
  const given = spec['port'];
  if (typeof given === 'number' && Number.isInteger(given) && given >= 1 && given <= 65_535) return [given];
  const url = urlOf(text);
  if (url !== null && url.port !== '') return [Number(url.port)];
  return USUAL_PORTS;
}

/** A refusal is an answer too: the machine is there. */
function answers({ address, family }: ResolvedAddress, port: number, { clock, signal }: { clock: Clock; signal: AbortSignal }): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, family });
    const timer = new AbortController();
    const done = (answered: boolean): void => {
      timer.abort();
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(answered);
    };
    const onAbort = (): void => {
      timer.abort();
      socket.destroy();
      reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
    };
    clock.sleep(CONNECT_MS, timer.signal).then(
      () => done(false),
      () => undefined,
    );
    socket.once('connect', () => done(true));
    socket.on('error', (error: NodeJS.ErrnoException) => done(error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET'));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}
