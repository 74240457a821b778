import type { Failure } from '../../model/failure.ts';
import { parseIperf3 } from '../../parsers/iperf3/iperf3.ts';
import type { ProcessOutcome } from '../../util/process.ts';
import type { Probe, ProbeOutcome } from '../probe.ts';
import { resolveHost } from '../resolve.ts';
import { hostOf, invalidTarget } from '../target.ts';
import { detailsOf, metricsOf } from './figures.ts';
import { failed, failureOf } from './failure.ts';
import { listen } from './listen.ts';
import { BIDIRECTIONAL_SINCE, clientArguments, findTool, firstLine, isAtLeast, isFailure, TOOL, tooOld } from './tool.ts';
import type { ThroughputSpec } from './tool.ts';

/** Beyond connecting and the transfer: the ends exchange results, over a line that is still full. */
const FINISH_MS = 3000;
/** Interrupted, the tool prints what it has; then it is killed. */
const INTERRUPTED_MS = 2000;

export const throughput: Probe<'throughput'> = {
  kind: 'throughput',

  async detect(context) {
    const tool = await findTool(context);
    if (isFailure(tool)) return { available: false, tool: null, version: null, note: tool.message };
    const note = isAtLeast(tool.number, BIDIRECTIONAL_SINCE)
      ? null
      : `both directions at once need ${TOOL} ${BIDIRECTIONAL_SINCE.join('.')} or later`;
    return { available: true, tool: TOOL, version: tool.version, note };
  },

  async run(text, spec, context, signal) {
    signal.throwIfAborted();
    const host = hostOf(text);
    if (host === null) return nothing(invalidTarget('a host name or an address', text));
    const tool = await findTool(context, signal);
    signal.throwIfAborted();
    if (isFailure(tool)) return nothing(tool);
    if (spec.direction === 'both' && !isAtLeast(tool.number, BIDIRECTIONAL_SINCE)) {
      return nothing(tooOld(tool.version, BIDIRECTIONAL_SINCE, 'for both directions at once'));
    }
    const resolution = await resolveHost(host, spec.family, { context, signal });
    if ('failure' in resolution) return nothing(resolution.failure);
    const [{ address }] = resolution.addresses;
    const interruptMs = spec.connect_timeout_ms + (spec.duration_s + spec.omit_s) * 1000 + FINISH_MS;
    const outcome = await context.run(TOOL, clientArguments(address, spec, tool.number), {
      signal,
      interruptMs,
      timeoutMs: interruptMs + INTERRUPTED_MS,
    });
    signal.throwIfAborted();
    return outcomeOf(outcome, { address, spec, version: tool.version });
  },

  listen,
};

function nothing(failure: Failure): ProbeOutcome<'throughput'> {
  return { status: 'failed', failure, metrics: {}, details: {} };
}

interface Tested {
  readonly address: string;
  readonly spec: ThroughputSpec;
  readonly version: string;
}

/** What became of one client. A test that broke off has no metrics: half a test is another test. */
export function outcomeOf(outcome: ProcessOutcome, tested: Tested): ProbeOutcome<'throughput'> {
  const { address, spec } = tested;
  const output = parseIperf3(outcome.stdout);
  const run = output.runs.at(-1);
  const said = run?.error ?? null;
  const at = `${address.includes(':') ? `[${address}]` : address}:${spec.port}`;
  const { metrics, notes } = metricsOf(run, spec);
  const details = detailsOf(run, {
    ...tested,
    notes: [...notes, ...output.notes, ...output.problems, ...linesOf(outcome.stderr)],
  });
  if (said !== null) return { ...failureOf(said, at), metrics: {}, details };
  if (run?.hasSummary === true) return { status: 'success', failure: null, metrics, details };
  return { ...withoutResult(outcome, at), metrics: {}, details };
}

/** Why there is neither a summary nor an error in what the tool printed. */
function withoutResult(outcome: ProcessOutcome, at: string): Pick<ProbeOutcome, 'failure'> & { status: 'failed' | 'timeout' } {
  if (outcome.startError !== null) return failed('tool_missing', `${TOOL} could not be started (${outcome.startError})`);
  if (outcome.timedOut) {
    return { status: 'timeout', failure: { source: 'network', code: 'timeout', message: `the test with ${at} did not end in its time` } };
  }
  const words = firstLine(outcome.stderr);
  if (words?.startsWith('iperf3: ') === true) return failureOf(words.replace(/^iperf3: (?:error - )?/, ''), at);
  if (outcome.exitCode === null) return failed('tool_killed', `${TOOL} was killed before it had measured`);
  if (outcome.stdout.trim() === '') return failed('tool_failed', `${TOOL} printed nothing (exit status ${outcome.exitCode})`);
  return failed('truncated_output', `the output of ${TOOL} ends before its results (exit status ${outcome.exitCode})`);
}

function linesOf(text: string): string[] {
  return text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
}
