import { TachoError } from '../../model/errors.ts';
import { launchd } from './launchd.ts';
import type { ServiceManager } from './service-manager.ts';
import { systemd } from './systemd.ts';
import { windowsTask } from './windows-task.ts';

/** By Node's word for the platform. */
const managers: Readonly<Partial<Record<NodeJS.Platform, ServiceManager>>> = { linux: systemd, darwin: launchd, win32: windowsTask };

/** @throws {TachoError} invalid_request, where nothing here knows how to keep a program running */
export function serviceManagerOf(platform: NodeJS.Platform): ServiceManager {
  const manager = managers[platform];
  if (manager !== undefined) return manager;
  throw new TachoError(
    'invalid_request',
    `cannot install a service on ${platform}: expected one of ${Object.keys(managers).join(', ')}; start the agent by your own means`,
  );
}
