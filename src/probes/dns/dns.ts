import { randomInt } from 'node:crypto';
import { getServers } from 'node:dns';
import { isIP } from 'node:net';
import type { Failure } from '../../model/failure.ts';
import { deadline } from '../deadline.ts';
import { watchLoopLag } from '../loop-lag.ts';
import type { Probe, ProbeContext, ProbeOutcome } from '../probe.ts';
import { resolveHost } from '../resolve.ts';
import { hostAndPort, hostOf, invalidTarget } from '../target.ts';
import { askByTcp, askByUdp } from './exchange.ts';
import type { Exchange, Server } from './exchange.ts';
import { questionName } from './message.ts';
import type { Question, Reply } from './message.ts';

const DNS_PORT = 53;

type DnsSpec = Parameters<Probe<'dns'>['run']>[1];

export const dns: Probe<'dns'> = {
  kind: 'dns',

  detect: () => {
    const [first] = getServers();
    const note = first === undefined ? 'this machine has no DNS server configured: give one with the option server' : null;
    return Promise.resolve({ available: true, tool: 'built-in', version: null, note });
  },

  async run(text, spec, context, signal) {
    signal.throwIfAborted();
    const asked = spec.name === '' ? text : spec.name;
    const host = hostOf(asked);
    if (host === null) return nothing(invalidTarget('a name to resolve', asked));
    if (isIP(host) !== 0 && spec.type !== 'PTR') {
      return nothing(invalidTarget('a name to resolve (the record type PTR takes addresses)', asked));
    }
    const chosen = await serverOf(spec.server, context, signal);
    if ('failure' in chosen) return nothing(chosen.failure);
    const question = { id: randomInt(0x10000), name: questionName(host, spec.type), type: spec.type };
    const lag = watchLoopLag(context.clock);
    try {
      const { exchange, transport, firstSentAt } = await ask(chosen.server, question, { spec, context, signal });
      const details = { server: printed(chosen.server), name: question.name, type: spec.type, transport, loop_lag_ms: lag.stop() };
      if (exchange === null || 'error' in exchange) {
        return { ...unanswered(exchange?.error ?? null, details.server, spec), metrics: {}, details: { ...details, rcode: null, records: [] } };
      }
      const { reply } = exchange;
      return {
        ...verdict(reply, question, details.server),
        metrics: { lookup_ms: exchange.receivedAt - firstSentAt, answers: reply.records.length },
        details: { ...details, rcode: reply.rcode, records: reply.records },
      };
    } finally {
      lag.stop();
    }
  },
};

function nothing(failure: Failure): ProbeOutcome<'dns'> {
  return { status: 'failed', failure, metrics: {}, details: {} };
}

/** The server to ask: the one given (a name is resolved first), or the system's first. */
async function serverOf(text: string, context: ProbeContext, signal: AbortSignal): Promise<{ server: Server } | { failure: Failure }> {
  const given = text === '' ? getServers()[0] : text;
  if (given === undefined) {
    return { failure: { source: 'agent', code: 'no_server', message: 'this machine has no DNS server configured: give one with the option server' } };
  }
  const parsed = hostAndPort(given, DNS_PORT);
  if (parsed === null) return { failure: invalidTarget('a DNS server such as 192.0.2.53 or [2001:db8::53]:5353', given) };
  // The machine's own resolver is its owner's choice and not the server's: no guard stands before it.
  const resolution = await resolveHost(parsed.host, 'any', { context: text === '' ? { ...context, guard: undefined } : context, signal });
  return 'failure' in resolution ? resolution : { server: { address: resolution.addresses[0].address, port: parsed.port } };
}

interface AskOptions {
  readonly spec: DnsSpec;
  readonly context: ProbeContext;
  readonly signal: AbortSignal;
}

interface Asked {
  /** null: nothing came in time. */
  readonly exchange: Exchange | null;
  readonly transport: 'udp' | 'tcp';
  /** Monotonic time of the first question sent: opening sockets is not the server's doing. */
  readonly firstSentAt: number;
}

/** Over UDP as often as allowed, then over TCP where the reply was cut short. */
async function ask(server: Server, question: Question, options: AskOptions): Promise<Asked> {
  const { clock } = options.context;
  const sentAt: number[] = [];
  const onSent = (at: number): void => void sentAt.push(at);
  let transport: Asked['transport'] = 'udp';
  let exchange: Exchange | null = null;
  for (let attempt = 0; attempt < options.spec.tries; attempt++) {
    exchange = await within(options, (signal) => askByUdp(server, question, { clock, signal, onSent }));
    if (exchange !== null && 'reply' in exchange) break;
  }
  if (exchange !== null && 'reply' in exchange && exchange.reply.truncated) {
    transport = 'tcp';
    exchange = await within(options, (signal) => askByTcp(server, question, { clock, signal, onSent }));
  }
  return { exchange, transport, firstSentAt: sentAt[0] ?? clock.monotonic() };
}

/** One try with its own time limit; null where the time was over. */
async function within({ spec, context, signal }: AskOptions, work: (signal: AbortSignal) => Promise<Exchange>): Promise<Exchange | null> {
  using limit = deadline(context.clock, spec.timeout_ms, signal);
  try {
    return await work(limit.signal);
  } catch (error) {
    if (limit.expired) return null;
    throw error;
  }
}

function unanswered(code: string | null, server: string, spec: DnsSpec): { status: 'failed' | 'timeout'; failure: Failure } {
  if (code === null) {
    const tries = spec.tries === 1 ? 'one try' : `${spec.tries} tries`;
    return {
      status: 'timeout',
      failure: { source: 'resolver', code: 'timeout', message: `${server} did not answer (${tries} of ${spec.timeout_ms} ms)` },
    };
  }
  if (code === 'ECONNREFUSED') {
    return { status: 'failed', failure: { source: 'resolver', code: 'refused', message: `nothing answers DNS at ${server} (connection refused)` } };
  }
  if (code === 'ENETUNREACH' || code === 'EHOSTUNREACH') {
    return { status: 'failed', failure: { source: 'network', code: 'unreachable', message: `the DNS server ${server} is unreachable` } };
  }
  return { status: 'failed', failure: { source: 'resolver', code: 'exchange_failed', message: `the exchange with ${server} failed (${code})` } };
}

/** A name that does not exist is answered, but is not what was asked for: failed, with the time it took. NOERROR without records is an answer. */
function verdict(reply: Reply, question: Question, server: string): { status: 'success'; failure: null } | { status: 'failed'; failure: Failure } {
  if (reply.rcode === 'NOERROR') return { status: 'success', failure: null };
  // `refused` is a connection's; a server that answers REFUSED is there and has made up its mind.
  const word = /^[A-Z][A-Z0-9_]{0,40}$/.test(reply.rcode) ? reply.rcode.toLowerCase() : 'bad_rcode';
  const code = word === 'refused' ? 'query_refused' : word;
  const words = { nxdomain: `there is no ${question.name}`, servfail: 'it could not find out', query_refused: 'it refuses to answer us' }[code];
  const meaning = words === undefined ? '' : ` (${words})`;
  return {
    status: 'failed',
    failure: { source: 'resolver', code, message: `${server} answered ${reply.rcode} for ${question.type} ${question.name}${meaning}` },
  };
}

function printed({ address, port }: Server): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
