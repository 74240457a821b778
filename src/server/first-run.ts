import { readFileSync } from 'node:fs';
import { getServers } from 'node:dns';
import type * as z from 'zod';
import { destinationInput } from '../model/destination.ts';
import { TachoError } from '../model/errors.ts';
import { jobInput } from '../model/job.ts';
import type { ControlStore } from '../store/control/control-store.ts';

export interface Surroundings {
  /** Address of the default gateway; null where there is none or it cannot be told. */
  readonly gateway: string | null;
  /** Address of the first resolver; null where there is none. */
  readonly resolver: string | null;
}

/** The gateway and resolver of this machine. The gateway is read from Linux's routing table; elsewhere it is null. */
export function lookAround(): Surroundings {
  let routes = '';
  try {
    routes = readFileSync('/proc/net/route', 'utf8');
  } catch {
    // Not Linux: the gateway stays unknown.
  }
  const [resolver] = getServers();
  return { gateway: defaultGateway(routes), resolver: resolver === undefined ? null : resolver.replace(/^\[(.*)\](:\d+)?$/, '$1') };
}

/** The default gateway in the text of Linux's /proc/net/route, where addresses are little-endian hexadecimal. */
export function defaultGateway(routes: string): string | null {
  for (const line of routes.split('\n').slice(1)) {
    const [, destination, gateway] = line.split(/\s+/);
    if (destination === '00000000' && gateway !== undefined && /^[0-9A-F]{8}$/i.test(gateway) && gateway !== '00000000') {
      return [6, 4, 2, 0].map((at) => Number.parseInt(gateway.slice(at, at + 2), 16)).join('.');
    }
  }
  return null;
}

/** Of two servers that start on one database for the first time, the other may have made it since we looked. */
async function unlessThere(creation: Promise<unknown>): Promise<void> {
  await creation.catch((error: unknown) => {
    if (!(error instanceof TachoError) || error.code !== 'name_taken') throw error;
  });
}

export interface DefaultPlanOptions {
  readonly scope: 'host' | 'loopback';
  readonly surroundings: Surroundings;
  readonly serverUrl: string;
}

/**
 * What a new installation measures until somebody says otherwise: this host and what it cannot do without. What
 * exists already is left alone, so that a first start that was cut short can be begun again.
 */
export async function createDefaultPlan(control: ControlStore, { scope, surroundings, serverUrl }: DefaultPlanOptions): Promise<void> {
  const add = async (name: string, host: string, description: string): Promise<void> => {
    if ((await control.destinations.findByName(name)) !== null) return;
    await unlessThere(control.destinations.create(destinationInput.parse({ name, host, description, tags: ['default'] })));
  };
  const addJob = async (job: z.input<typeof jobInput>): Promise<void> => {
    if ((await control.jobs.findByName(job.name)) !== null) return;
    await unlessThere(control.jobs.create(jobInput.parse({ ...job, tags: ['default'] })));
  };
  const pinged = ['this-host'];
  await add('this-host', '127.0.0.1', 'this machine, over loopback');
  await add('tachograph-server', new URL('/api/health', serverUrl).href, 'the Tachograph server');
  if (scope === 'host' && surroundings.gateway !== null) {
    await add('gateway', surroundings.gateway, 'the default gateway');
    pinged.push('gateway');
  }
  if (scope === 'host' && surroundings.resolver !== null) {
    await add('resolver', surroundings.resolver, 'the first name server of this machine');
    pinged.push('resolver');
    // The root's name servers: every resolver knows them, so no name of anybody is asked for.
    await addJob({
      name: 'resolver-answers',
      description: 'whether the resolver answers, and how fast',
      interval: 60,
      kinds: ['dns'],
      destinations: ['resolver'],
      options: { dns: { server: surroundings.resolver, name: '.', type: 'NS' } },
    });
  }
  await addJob({ name: 'reachability', description: 'latency and loss to the nearest things', interval: 60, kinds: ['ping'], destinations: pinged });
  await addJob({
    name: 'server-answers',
    description: 'how fast the server answers',
    interval: 60,
    kinds: ['http'],
    destinations: ['tachograph-server'],
  });
  await addJob({ name: 'host-load', description: 'load of each measuring machine', interval: 60, kinds: ['system'] });
}
