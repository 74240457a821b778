import { connect } from 'node:net';
import type { Clock } from '../../util/clock.ts';
import { watchLoopLag } from '../loop-lag.ts';
import type { ResolvedAddress } from '../resolve.ts';
import type { Packet } from './packets.ts';
import type { PingTool } from './tool.ts';

/** Round trips by TCP handshake: needs no right and no program. A refused connection is a reply as well: a round trip took place. */
export const tcpPing: PingTool = {
  name: 'tcp',

  async measure(address, spec, { clock }, signal) {
    const lag = watchLoopLag(clock);
    const errors = new Set<string>();
    const one = async (seq: number): Promise<Packet> => {
      await clock.sleep(seq * spec.period_ms, signal);
      const outcome = await handshake(address, { port: spec.port, timeoutMs: spec.timeout_ms, clock, signal });
      if (outcome.error !== null) errors.add(outcome.error);
      return { seq: seq + 1, rttMs: outcome.rttMs };
    };
    try {
      const packets = await Promise.all(Array.from({ length: spec.count }, (_, i) => one(i)));
      return { measured: { tool: 'tcp', packets, errors: [...errors], resolutionMs: null, loopLagMs: lag.stop() } };
    } finally {
      lag.stop();
    }
  },

  detect: () => Promise.resolve({ version: null }),
};

interface HandshakeOptions {
  readonly port: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

function handshake(address: ResolvedAddress, options: HandshakeOptions): Promise<{ rttMs: number | null; error: string | null }> {
  const { port, timeoutMs, clock, signal } = options;
  return new Promise((resolve, reject) => {
    const started = clock.monotonic();
    const socket = connect({ host: address.address, port, family: address.family });
    const done = (rttMs: number | null, error: string | null): void => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve({ rttMs, error });
    };
    const onAbort = (): void => {
      socket.destroy();
      reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
    };
    socket.setTimeout(timeoutMs, () => done(null, null));
    socket.once('connect', () => done(clock.monotonic() - started, null));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET') done(clock.monotonic() - started, null);
      else done(null, wordsOf(error));
    });
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}

function wordsOf(error: NodeJS.ErrnoException): string | null {
  if (error.code === 'ENETUNREACH') return 'network is unreachable';
  if (error.code === 'EHOSTUNREACH') return 'no route to host';
  if (error.code === 'ETIMEDOUT') return null;
  return error.code ?? error.message;
}
