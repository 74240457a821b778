import type { InstallPlaces } from '../../protocol/agent-install.ts';

/** A program and its arguments; never a shell's line. */
export type CommandLine = readonly [file: string, ...args: string[]];

/** What a service manager shall keep running. */
export interface ServiceSpec {
  /** Absolute. */
  readonly node: string;
  /** The agent's file; absolute. */
  readonly program: string;
  /** Where the agent keeps identity, schedule and spool; absolute. */
  readonly dir: string;
  /** The user it runs as; null for a service of the user who installs it. */
  readonly account: string | null;
  /** Certificates to trust beside the well-known ones; absolute. */
  readonly caFile: string | null;
  readonly allowPlainHttp: boolean;
  /** Further options of the agent, such as the ports it listens on. */
  readonly options: readonly string[];
  /** Home directory and number of the user who installs it. */
  readonly home: string;
  readonly uid: number;
}

export interface ServiceFile {
  readonly path: string;
  readonly text: string;
}

/** What makes a service of a program: files to write and commands to run, decided before anything is touched. */
export interface ServicePlan {
  readonly files: readonly ServiceFile[];
  /** Make the user it runs as; asked for only where there is none. */
  readonly createAccount: readonly CommandLine[];
  /** Start it now and at every boot; start it anew where it runs. */
  readonly start: readonly CommandLine[];
  /** Stop it, before its files are removed. */
  readonly stop: readonly CommandLine[];
  /** After its files were removed. */
  readonly forget: readonly CommandLine[];
  /** What a person types. */
  readonly status: string;
  readonly logs: string;
  /** A remark for after the installation; null for none. */
  readonly hint: string | null;
}

/** One platform's way to keep a program running. Pure: it decides and touches nothing. */
export interface ServiceManager {
  readonly title: string;
  /** Whether its definitions have been accepted by the real thing. */
  readonly verified: boolean;
  /** Whether a machine's service does not see this path, because its own definition hides such places from it; absent: it sees all. */
  hides?(path: string): boolean;
  /** The user of a machine's service; null where it needs none of its own. */
  readonly account: string | null;
  places(scope: 'system' | 'user', home: string): InstallPlaces;
  /** What tells whether it is at work here: a command, and the judgement of what it printed. */
  readonly check: { command(scope: 'system' | 'user'): CommandLine; passes(outcome: { exitCode: number | null; stdout: string }): boolean };
  /** @throws {TachoError} invalid_request, for a path that its files cannot say */
  plan(spec: ServiceSpec): ServicePlan;
}

/** The agent's command line as a service. Nothing secret: the credential is in the directory. */
export function agentArguments({ program, dir, allowPlainHttp, options }: ServiceSpec): string[] {
  return ['--disable-warning=ExperimentalWarning', program, '--dir', dir, ...(allowPlainHttp ? ['--allow-plain-http'] : []), ...options];
}
