import { homedir } from 'node:os';
import { posix, resolve, win32 } from 'node:path';
import { TachoError } from '../../model/errors.ts';
import { agentFlags, type AgentFlag, type FlagValues } from '../settings.ts';
import type { ServiceManager } from './service-manager.ts';

/** What becomes the agent's own when it enrols; the rest of its options an installer decides. */
const enrolling = agentFlags.filter(({ flag }) => ['server', 'token-file', 'name', 'label', 'allow-plain-http'].includes(flag));

const placing: readonly AgentFlag[] = [
  { flag: 'dir', value: 'DIR', description: 'where identity, schedule and spool are kept, if not at the usual place' },
  { flag: 'prefix', value: 'DIR', description: "where the agent's file is put, if not at the usual place" },
  { flag: 'user', description: 'for this user only; so it is without root' },
  { flag: 'dry-run', description: 'print the files and commands, and change nothing' },
];

/** Every option of the installer, for the agent's own program and for the command line. */
export const installFlags: readonly AgentFlag[] = [
  ...enrolling,
  {
    flag: 'ca-file',
    value: 'FILE',
    description: 'certificates (PEM) to trust beside the well-known ones: of a server with a certificate of its own making',
  },
  { flag: 'copy-node', description: "put this very Node.js beside the agent's file and run on that" },
  { flag: 'no-service', description: 'put the files there and enrol, but leave starting it to others' },
  ...placing,
];

export const uninstallFlags: readonly AgentFlag[] = [
  { flag: 'purge', description: 'also remove its identity, and the results that wait to be delivered' },
  ...placing,
];

export interface PlaceSettings {
  readonly scope: 'system' | 'user';
  /** Absolute. */
  readonly prefix: string;
  readonly dir: string;
  readonly home: string;
  readonly uid: number;
  readonly dryRun: boolean;
}

/** The machine as far as it decides where things go. */
export interface Surroundings {
  readonly home: string;
  /** 0 is root; on Windows everybody who may write there counts as root. */
  readonly uid: number;
}

export function surroundings(): Surroundings {
  return { home: homedir(), uid: process.getuid?.() ?? 0 };
}

/** Where other users' programs do not get to, or where it goes with a checkout: a service cannot rely on a Node.js there. */
export function isPrivatePath(path: string): boolean {
  return /^\/(home|root|Users|run\/user)\/|[\\/]node_modules[\\/]/.test(path);
}

/** Where an agent is installed, or shall be. */
export function placeSettings(values: FlagValues, manager: ServiceManager, { home, uid }: Surroundings): PlaceSettings {
  const scope = values['user'] === true || uid !== 0 ? 'user' : 'system';
  const usual = manager.places(scope, home);
  const placeOf = (flag: 'prefix' | 'dir', fallback: string): string => {
    const given = values[flag];
    const path = typeof given === 'string' && given !== '' ? resolve(given) : fallback;
    // Its folder is removed with it: never the root of anything.
    if (path === posix.dirname(path) || path === win32.dirname(path))
      throw new TachoError('invalid_request', `invalid --${flag}: expected a directory of the agent's own, got ${path}`);
    return path;
  };
  return {
    scope,
    prefix: placeOf('prefix', usual.program),
    dir: placeOf('dir', usual.state),
    home,
    uid,
    dryRun: values['dry-run'] === true,
  };
}
