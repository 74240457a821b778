/** What a command touches besides the API: the process itself unless a test says otherwise. */
export interface Io {
  readonly env: NodeJS.ProcessEnv;
  /** Whether a person sees standard output, and standard error. */
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  /** Standard output: what was asked for. */
  out(text: string): void;
  /** Standard error: everything else. */
  err(text: string): void;
  exitWith(code: number): void;
}

export function processIo(): Io {
  return {
    env: process.env,
    outIsTerminal: process.stdout.isTTY,
    errIsTerminal: process.stderr.isTTY,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    exitWith: (code) => {
      process.exitCode = code;
    },
  };
}
