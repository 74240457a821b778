import { parseFping } from '../../parsers/fping.ts';
import { DETECT_MS, lastWords, startProblem, toolLimits } from './tool.ts';
import type { PingTool } from './tool.ts';

export const fping: PingTool = {
  name: 'fping',

  async measure({ address }, spec, context, signal) {
    const args = ['-C', String(spec.count), '-p', String(spec.period_ms), '-t', String(spec.timeout_ms), '-b', String(spec.size), '--', address];
    const outcome = await context.run('fping', args, { signal, ...toolLimits(spec) });
    signal.throwIfAborted();
    const problem = startProblem('fping', outcome);
    if (problem !== null) return { unavailable: problem };
    const { targets, problems, resolutionMs } = parseFping(outcome.stdout, outcome.stderr);
    const [target] = targets;
    if (target === undefined) return { unavailable: lastWords('fping', outcome) };
    const bySeq = new Map(target.replies.map(({ seq, rttMs }) => [seq, rttMs]));
    const again = new Set(target.duplicates);
    const packets = Array.from({ length: spec.count }, (_, i) => ({
      seq: i + 1,
      rttMs: bySeq.get(i) ?? null,
      ...(again.has(i) && { duplicate: true }),
    }));
    return { measured: { tool: 'fping', packets, errors: problems, resolutionMs } };
  },

  async detect(context) {
    const version = await context.run('fping', ['-v'], { timeoutMs: DETECT_MS });
    const problem = startProblem('fping', version);
    if (problem !== null) return { unavailable: problem };
    // Being installed is not enough: containers often take the right to open ICMP sockets away.
    const trial = await context.run('fping', ['-c', '1', '-t', '500', '--', '127.0.0.1'], { timeoutMs: DETECT_MS });
    if (parseFping(trial.stdout, trial.stderr).targets.length === 0) return { unavailable: lastWords('fping', trial) };
    return { version: /version\s+(\S+)/i.exec(version.stdout)?.[1] ?? null };
  },
};
