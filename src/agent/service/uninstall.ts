import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { shellWord } from '../../protocol/agent-install.ts';
import type { Host } from './host.ts';
import { isThere } from './install.ts';
import type { CommandLine, ServiceManager } from './service-manager.ts';
import type { PlaceSettings } from './settings.ts';

export interface UninstallOptions {
  readonly places: PlaceSettings;
  readonly manager: ServiceManager;
  readonly host: Host;
  readonly node: string;
  /** Also the identity and what waits in the spool. */
  readonly purge: boolean;
}

/** Stops the service and removes it, with the agent's files. Identity and spool stay unless they shall go too. */
export async function uninstallAgent({ places, manager, host, node, purge }: UninstallOptions): Promise<void> {
  const { prefix, dir, scope, dryRun, home, uid } = places;
  const program = join(prefix, 'agent.js');
  const account = scope === 'system' ? manager.account : null;
  const plan = manager.plan({ node, program, dir, account, caFile: null, allowPlainHttp: false, options: [], home, uid });
  const installed = (await Promise.all(plan.files.map(({ path }) => isThere(path)))).some(Boolean);
  const files = [...plan.files.map(({ path }) => path), ...['agent.js', 'node', 'node.exe', 'ca.pem'].map((name) => join(prefix, name))];

  const run = async ([file, ...args]: CommandLine): Promise<void> => {
    if (dryRun) {
      host.say(`would run ${[file, ...args].map(shellWord).join(' ')}`);
      return;
    }
    const { exitCode, stderr, startError } = await host.run(file, args);
    // Whatever the service manager says, the files go: what it cannot find it cannot start.
    if (exitCode !== 0) host.say(`${file} ${args.join(' ')}: ${startError ?? stderr.trim()}`);
  };
  if (installed) for (const command of plan.stop) await run(command);
  for (const path of files) {
    if (!(await isThere(path))) continue;
    host.say(`${dryRun ? 'would remove' : 'removed'} ${path}`);
    if (!dryRun) await rm(path);
  }
  if (!dryRun) await rmdir(prefix).catch(() => undefined);
  if (installed) for (const command of plan.forget) await run(command);
  if (!(await isThere(dir))) return;
  if (!purge) host.say(`kept ${dir}: identity and undelivered results; --purge removes them too`);
  else {
    host.say(`${dryRun ? 'would remove' : 'removed'} ${dir}`);
    if (!dryRun) await rm(dir, { recursive: true });
  }
}
