import { isIP } from 'node:net';
import { TachoError } from '../../model/errors.ts';
import { throughput } from '../../model/kinds/throughput.ts';
import type { ProcessOutcome } from '../../util/process.ts';
import { reasonOf } from '../abortable.ts';
import type { Listening, ListenOptions, ProbeContext } from '../probe.ts';
import { CONNECT_TIMEOUT_SINCE, findTool, firstLine, isAtLeast, isFailure, serverArguments, TOOL, tooOld } from './tool.ts';

/** How long a listener waits for its client. The tool itself would wait for ever. */
export const CLIENT_WAIT_MS = 30_000;

/** The tool listens within milliseconds; a machine that needs longer than this measures nothing. */
const READY_MS = 5000;

/** Whoever connects and is no client uses up a server of one test; it is started again so often. */
const MOST_STARTS = 5;

/**
 * coreutils: has a program hand out each line as it is written. Into a pipe the tool keeps its lines for a second, and a
 * client that is not welcome would have had its test by then.
 */
const LINE_BY_LINE = ['stdbuf', '-oL'] as const;
/** What stdbuf exits with where it cannot do its own part. */
const NOT_LINE_BY_LINE = 125;

/** The other end of one test. */
export async function listen(options: ListenOptions<'throughput'>, context: ProbeContext, signal: AbortSignal): Promise<Listening> {
  signal.throwIfAborted();
  const { port, bind, spec } = options;
  if (bind !== null && isIP(bind) === 0) throw new TachoError('invalid_request', `invalid bind: expected an address, got ${JSON.stringify(bind)}`);
  const tool = await findTool(context, signal);
  if (isFailure(tool)) throw new TachoError('unavailable', `cannot listen: ${tool.message}`);
  if (!isAtLeast(tool.number, CONNECT_TIMEOUT_SINCE)) {
    throw new TachoError('unavailable', `cannot listen: ${tooOld(tool.version, CONNECT_TIMEOUT_SINCE, 'to listen').message}`);
  }

  const over = new AbortController();
  const life = AbortSignal.any([signal, over.signal]);
  /** Aborted when the client is there, or nobody waits any longer. */
  const waiting = new AbortController();
  const deadline = context.clock.monotonic() + CLIENT_WAIT_MS + throughput.longestRunMs(spec);

  /** One server of one test; `onLine` hears what it prints. */
  const serve = async (onLine: (line: string) => void): Promise<ProcessOutcome> => {
    let rest = '';
    const args = serverArguments(port, bind);
    const start = (file: string, all: readonly string[]): Promise<ProcessOutcome> =>
      context.run(file, all, {
        signal: life,
        timeoutMs: Math.max(1, deadline - context.clock.monotonic()),
        onOutput: (text) => {
          const lines = (rest + text).split('\n');
          rest = lines.pop() ?? '';
          lines.forEach(onLine);
        },
      });
    if (context.guard !== undefined) {
      const [wrapper, option] = LINE_BY_LINE;
      const outcome = await start(wrapper, [option, TOOL, ...args]);
      if (outcome.startError === null && outcome.exitCode !== NOT_LINE_BY_LINE) return outcome;
    }
    return start(TOOL, args);
  };
  const hear = (line: string): void => {
    const [, peer] = /^Accepted connection from (\S+), port \d+/.exec(line) ?? [];
    if (peer !== undefined && (context.guard?.refusePeer(peer) ?? null) !== null) over.abort();
    if (line.startsWith('Accepted connection')) waiting.abort();
  };

  const first = await new Promise<{ server: Promise<ProcessOutcome> }>((resolve, reject) => {
    const starting = new AbortController();
    const server = serve((line) => {
      if (line.startsWith('Server listening')) {
        starting.abort();
        resolve({ server });
      }
      hear(line);
    });
    context.clock.sleep(READY_MS, starting.signal).then(
      () => {
        over.abort();
        void server.then(() => reject(new TachoError('unavailable', `cannot listen: ${TOOL} did not say within ${READY_MS} ms that it listens`)));
      },
      () => undefined,
    );
    void server.then((outcome) => {
      starting.abort();
      if (signal.aborted) reject(reasonOf(signal));
      else if (!over.signal.aborted) reject(refusal(port, outcome));
    });
  });

  context.clock.sleep(CLIENT_WAIT_MS, waiting.signal).then(
    () => over.abort(),
    () => undefined,
  );
  const ended = (async () => {
    await first.server;
    for (let starts = 1; starts < MOST_STARTS && !waiting.signal.aborted && !life.aborted; starts += 1) await serve(hear);
    waiting.abort();
  })();
  return { port, ended };
}

function refusal(port: number, outcome: ProcessOutcome): TachoError {
  const said = firstLine(outcome.stderr)?.replace(/^iperf3: (?:error - )?/, '') ?? `exit status ${outcome.exitCode ?? 'unknown'}`;
  if (/address already in use/i.test(said)) return new TachoError('conflict', `cannot listen on port ${port}: it is taken`);
  if (/permission denied|not permitted/i.test(said)) return new TachoError('unavailable', `cannot listen on port ${port}: this user may not`);
  return new TachoError('unavailable', `cannot listen on port ${port}: ${said}`);
}
