import { isAbsolute } from 'node:path';
import { TachoError } from '../../model/errors.ts';
import { systemClock } from '../../util/clock.ts';
import { systemRandom } from '../../util/random.ts';
import { identify } from '../identify.ts';
import { makePrivateDirectory } from '../atomic-file.ts';
import { readToken } from '../command.ts';
import { HttpClient } from '../http-client.ts';
import type { Log } from '../log.ts';
import { agentSettings, platformText, type FlagValues } from '../settings.ts';
import { realHost } from './host.ts';
import { serviceManagerOf } from './index.ts';
import { installAgent } from './install.ts';
import { isPrivatePath, placeSettings, refuseHidden, servingOptions, surroundings } from './settings.ts';
import { uninstallAgent } from './uninstall.ts';

/** Where the files to install are now, and where words for people go. */
export interface ServiceCommandOptions {
  /** The agent's bundled file. */
  readonly program: string;
  readonly version: string;
  say(line: string): void;
}

/** A server that is not reached in this time is not there; a person waits for the answer. */
const ENROL_TIMEOUT_MS = 60_000;

export async function installCommand(values: FlagValues, { program, say }: ServiceCommandOptions): Promise<void> {
  const manager = serviceManagerOf(process.platform);
  const settings = agentSettings({ ...values, dir: undefined }, process.env);
  const places = placeSettings(values, manager, surroundings());
  const caFile = values['ca-file'];
  const service = values['no-service'] !== true;
  const hides = (path: string): boolean => service && places.scope === 'system' && manager.hides?.(path) === true;
  refuseHidden('prefix', places.prefix, hides);
  refuseHidden('dir', places.dir, hides);
  if (settings.tokenFile === '-' && process.stdin.isTTY) say('enrolment token, then Ctrl-D:');
  await installAgent({
    places,
    manager,
    host: realHost(say),
    program,
    node: process.execPath,
    copyNode: values['copy-node'] === true || (service && places.scope === 'system' && isPrivatePath(process.execPath)),
    caFile: typeof caFile === 'string' ? caFile : null,
    allowPlainHttp: settings.allowPlainHttp,
    options: servingOptions(settings, hides),
    service,
    enrolment: [
      ...(settings.server === null ? [] : ['--server', settings.server]),
      ...(settings.name === null ? [] : ['--name', settings.name]),
      ...Object.entries(settings.labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
    ],
    readToken: () => readToken(settings.tokenFile),
  });
}

export async function uninstallCommand(values: FlagValues, { say }: Pick<ServiceCommandOptions, 'say'>): Promise<void> {
  const manager = serviceManagerOf(process.platform);
  const places = placeSettings(values, manager, surroundings());
  await uninstallAgent({ places, manager, host: realHost(say), node: process.execPath, purge: values['purge'] === true });
}

/** Becomes an agent of the server, or stays the one it is, and measures nothing yet. */
export async function enrolCommand(values: FlagValues, { version, say }: Pick<ServiceCommandOptions, 'version' | 'say'>): Promise<void> {
  const settings = agentSettings(values, process.env);
  if (!isAbsolute(settings.dir)) throw new TachoError('invalid_request', `invalid --dir: expected an absolute path, got ${settings.dir}`);
  const quiet = (): void => {};
  const log: Log = { debug: quiet, info: quiet, warn: (_fields: unknown, message?: string) => say(message ?? ''), error: quiet };
  await makePrivateDirectory(settings.dir);
  const http = new HttpClient();
  try {
    const found = await identify(
      {
        ...settings,
        ...{ version, log, http, platform: platformText(), clock: systemClock, random: systemRandom },
        readToken: () => readToken(settings.tokenFile),
      },
      AbortSignal.timeout(ENROL_TIMEOUT_MS),
    );
    if (found === null) {
      throw new TachoError('unavailable', `${settings.server ?? 'the server'} could not be reached within ${ENROL_TIMEOUT_MS / 1000} s`);
    }
    say(`agent     ${found.identity.name} (id ${found.identity.agentId}) of ${found.server.href}`);
  } finally {
    http.close();
  }
}
