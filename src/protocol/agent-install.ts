import * as z from 'zod';

/** What the service, its user and its folders are called, wherever a machine keeps such things. */
export const SERVICE_NAME = 'tachograph-agent';

export const INSTALL_SCRIPT_PATH = '/agent/install.sh';
export const AGENT_PROGRAM_PATH = '/agent/agent.js';
export const AGENT_MANIFEST_PATH = '/agent/manifest';
export const AGENT_RUNTIME_PATH = '/agent/runtime';

/** The oldest major version of Node.js that runs the agent. */
export const OLDEST_NODE = 24;

/** Where an installed agent is: the service of a whole machine by absolute paths, one user's below the home directory. */
export interface InstallPlaces {
  /** The agent's file and, where the machine has no Node.js, its runtime. */
  readonly program: string;
  /** Identity, schedule and spool. */
  readonly state: string;
}

/** By Node's word for the platform, for what a shell script can install on. The script and the agent's own installer read the same. */
export const installPlaces = {
  linux: {
    system: { program: `/opt/${SERVICE_NAME}`, state: `/var/lib/${SERVICE_NAME}` },
    user: { program: `.local/share/${SERVICE_NAME}`, state: `.local/state/${SERVICE_NAME}` },
  },
  darwin: {
    system: { program: `/usr/local/lib/${SERVICE_NAME}`, state: `/usr/local/var/${SERVICE_NAME}` },
    user: { program: `Library/Application Support/${SERVICE_NAME}/program`, state: `Library/Application Support/${SERVICE_NAME}/state` },
  },
} as const satisfies Record<string, { readonly system: InstallPlaces; readonly user: InstallPlaces }>;

/** A platform that a runtime runs on: Node's words, and the C library where there are several. */
export const runtimeTarget = z.object({ platform: z.string(), arch: z.string(), libc: z.enum(['glibc', 'musl']).nullable() });
export type RuntimeTarget = z.output<typeof runtimeTarget>;

/** What a server hands out to machines that shall become agents. */
export const agentManifest = z.object({
  version: z.string(),
  /** Base URL that the installed agent dials. */
  server_url: z.url(),
  /** The machines that need no Node.js of their own; null where the server has no runtime to give. */
  runtime: runtimeTarget.nullable(),
});
export type AgentManifest = z.output<typeof agentManifest>;

/** `linux-x64-glibc`: a target as a part of a path. */
export function targetName({ platform, arch, libc }: RuntimeTarget): string {
  return [platform, arch, ...(libc === null ? [] : [libc])].join('-');
}

interface InstallLineOptions {
  /** Without a slash at its end. */
  readonly serverUrl: string;
  /** Secret: a single-use enrolment token. */
  readonly token: string;
  /** The host's name where it is null. */
  readonly name: string | null;
}

/**
 * The line that makes a machine an agent. `echo` is a builtin of every shell, so the token stands in no argument list:
 * it goes through a pipe. The script is an argument itself, which leaves standard input to the token and no file
 * behind; where the download fails or is cut short, nothing of it runs, and the line ends with 1 after what curl said.
 */
export function installLine({ serverUrl, token, name }: InstallLineOptions): string {
  const download = `curl -fsS ${shellWord(`${serverUrl.replace(/\/+$/, '')}${INSTALL_SCRIPT_PATH}`)}`;
  const options = name === null ? '' : ` tacho --name ${shellWord(name)}`;
  return `echo ${shellWord(token)} | sudo sh -c "$(${download} || echo exit 1)"${options}`;
}

/** One word of a POSIX shell that means just this text. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
