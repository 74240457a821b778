import { spawnSync } from 'node:child_process';

/** A system call of a traced process. A call that lasts spans lines, because other threads' calls come in between. */
export interface SystemCall {
  readonly name: string;
  /** The file or socket its first argument stands for, as `strace -y` shows it. */
  readonly path: string;
  /** All of its arguments, as printed. */
  readonly text: string;
  /** What it returned; null where it never did. */
  readonly result: number | null;
  /** Lines of the trace on which it was entered and left. */
  readonly entered: number;
  readonly left: number;
}

/** Why calls cannot be traced here, in words for a skipped test; null where they can. */
export function tracingUnavailable(): string | null {
  const trial = spawnSync('strace', ['-f', '-y', '--seccomp-bpf', '-e', 'trace=fsync', '-o', '/dev/null', 'true'], { encoding: 'utf8' });
  if (trial.error !== undefined) return 'strace is not installed';
  return trial.status === 0 ? null : `strace does not work here: ${trial.stderr.trim()}`;
}

/** The calls in a trace of `strace -f -y -o FILE`, by the line on which each was entered. */
export function parseTrace(trace: string): SystemCall[] {
  const calls: SystemCall[] = [];
  const open = new Map<string, { name: string; text: string; entered: number }>();
  for (const [line, text] of trace.split('\n').entries()) {
    const match = /^(\d+) +(.*)$/.exec(text);
    if (match === null) continue;
    const [, thread = '', what = ''] = match;
    const resumed = /^<\.\.\. (\w+) resumed>(.*)$/.exec(what);
    const begun = /^(\w+)\((.*)$/.exec(what);
    if (resumed !== null) {
      const start = open.get(thread);
      open.delete(thread);
      if (start !== undefined && start.name === resumed[1]) calls.push(callOf({ ...start, text: start.text + (resumed[2] ?? '') }, line));
    } else if (begun !== null) {
      const [, name = '', rest = ''] = begun;
      const unfinished = rest.endsWith(' <unfinished ...>');
      if (unfinished) open.set(thread, { name, text: rest.slice(0, -' <unfinished ...>'.length), entered: line });
      else calls.push(callOf({ name, text: rest, entered: line }, line));
    }
  }
  for (const start of open.values()) calls.push({ ...start, path: pathOf(start.text), result: null, left: Infinity });
  return calls.sort((a, b) => a.entered - b.entered);
}

function callOf({ name, text, entered }: { name: string; text: string; entered: number }, left: number): SystemCall {
  const result = /\) += (-?\d+)(?: [A-Z]+ \([^)]*\))?$/.exec(text);
  return { name, path: pathOf(text), text, entered, left, result: result === null ? null : Number(result[1]) };
}

/** `27</data/file>, ...` is a file, `31<socket:[1234]>` or `31<TCP:[...]>` a socket. */
function pathOf(text: string): string {
  return /^\d+<(.*?)>(?:[,)]|$)/.exec(text)?.[1] ?? '';
}
