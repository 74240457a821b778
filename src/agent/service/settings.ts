import { homedir } from 'node:os';
import { posix, resolve, win32 } from 'node:path';
import { TachoError } from '../../model/errors.ts';
import { agentFlags, type AgentFlag, type AgentSettings, type FlagValues } from '../settings.ts';
import type { ServiceManager } from './service-manager.ts';

/** What becomes the agent's own when it enrols; the rest of its options an installer decides. */
const enrolling = agentFlags.filter(({ flag }) => ['server', 'token-file', 'name', 'label', 'allow-plain-http'].includes(flag));

const placing: readonly AgentFlag[] = [
  { flag: 'dir', value: 'DIR', description: 'where identity, schedule and spool are kept, if not at the usual place' },
  { flag: 'prefix', value: 'DIR', description: "where the agent's file is put, if not at the usual place" },
  { flag: 'user', description: 'for this user only; so it is without root' },
  { flag: 'dry-run', description: 'print the files and commands, and change nothing' },
];

/** What the service is started with, each time. */
const serving = agentFlags.filter(({ flag }) => ['listen-ports', 'advertise', 'policy'].includes(flag));

/** Every option of the installer, for the agent's own program and for the command line. */
export const installFlags: readonly AgentFlag[] = [
  ...enrolling,
  ...serving,
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

/** What the service is started with besides, from options that were checked. @throws {TachoError} for what its user cannot read */
export function servingOptions(
  { listenPorts, advertise, policy }: Pick<AgentSettings, 'listenPorts' | 'advertise' | 'policy'>,
  hides: (path: string) => boolean,
): string[] {
  const file = policy === null ? null : resolve(policy);
  if (file !== null) refuseHidden('policy', file, hides);
  return [
    ...(listenPorts === null ? [] : ['--listen-ports', `${listenPorts.port_from}-${listenPorts.port_to}`]),
    ...(advertise === null ? [] : ['--advertise', advertise]),
    ...(file === null ? [] : ['--policy', file]),
  ];
}

/** @throws {TachoError} for a place that the service would not see, because it is kept out of it */
export function refuseHidden(flag: string, path: string, hides: (path: string) => boolean): void {
  if (!hides(path)) return;
  throw new TachoError(
    'invalid_request',
    `invalid --${flag}: a service of this machine sees nothing below /home, /root and /tmp: expected another place, got ${path}`,
  );
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
