import type { Failure } from '../../model/failure.ts';

interface Verdict {
  readonly status: 'failed' | 'timeout';
  readonly failure: Failure;
}

type Sort = readonly [pattern: RegExp, source: Failure['source'], code: string, status: Verdict['status'], words: (at: string) => string];

/** What the tool says, first match first. Connecting and transferring have words of their own, errno's come last. */
const sorts: readonly Sort[] = [
  [/busy running a test/i, 'target', 'server_busy', 'failed', (at) => `the server on ${at} is busy with another test`],
  [/authoriz|authenticat/i, 'target', 'not_authorized', 'failed', (at) => `the server on ${at} asks for a user`],
  [
    /TCP_CONGESTION|congestion control/i,
    'agent',
    'congestion_unavailable',
    'failed',
    () => 'the congestion control algorithm is not available at one of the ends',
  ],
  [/connection refused/i, 'target', 'refused', 'failed', (at) => `nothing listens on ${at}`],
  [/no route to host|network is unreachable|host is (?:down|unreachable)/i, 'network', 'unreachable', 'failed', (at) => `${at} is unreachable`],
  [/permission denied|operation not permitted/i, 'agent', 'not_permitted', 'failed', () => 'this machine does not permit it'],
  [/client has terminated/i, 'network', 'timeout', 'timeout', () => 'the test did not end in its time and was ended'],
  [
    /control socket has closed|server has terminated|unable to (?:receive|send|read|write) (?:control message|results|cookie|parameters|from stream|to stream)|connection reset|broken pipe|unexpectedly closed/i,
    'target',
    'server_ended',
    'failed',
    (at) => `the server on ${at} ended the test`,
  ],
  // Of --connect-timeout the tool prints whatever errno was left over.
  [/unable to connect to server|timed out|in progress/i, 'network', 'timeout', 'timeout', (at) => `${at} did not accept in time`],
  [/unable to (?:create a new|connect) stream/i, 'network', 'stream_failed', 'failed', (at) => `a data connection to ${at} failed`],
];

const LONGEST_WORDS = 300;

/** What went wrong, from what the tool said of it. `at` is the other end: address and port. */
export function failureOf(said: string, at: string): Verdict {
  const quoted = said.slice(0, LONGEST_WORDS);
  const sort = sorts.find(([pattern]) => pattern.test(said));
  if (sort === undefined) return failed('tool_failed', `iperf3 did not measure: ${quoted}`);
  const [, source, code, status, words] = sort;
  return { status, failure: { source, code, message: `${words(at)} (iperf3: ${quoted})` } };
}

export function failed(code: string, message: string): Verdict {
  return { status: 'failed', failure: { source: 'agent', code, message } };
}
