import { execFileSync, spawnSync } from 'node:child_process';
import type { ProcessOptions, RunProcess } from '../../src/util/process.ts';
import { runProcess } from '../../src/util/process.ts';

/** Interface names hold 15 characters: a short prefix, the process and a count keep parallel tests apart. */
let created = 0;

/**
 * A client, four routers and a server, each in a network namespace of its own:
 *
 *     client -- first -+- upper -+- last -- server
 *                      +- lower -+
 *
 * Packets go by `upper`, until `first` is told otherwise.
 */
export interface RouterNetwork extends Disposable {
  /** Runs a program at the client; a probe's `run` that sees this network. */
  readonly run: RunProcess;
  /** Runs a program in one namespace and waits for it; throws where it fails. */
  exec(node: NodeName, file: string, args: readonly string[]): string;
  /** Loads rules of the packet filter, in place of those loaded before. */
  filter(node: NodeName, rules: string): void;
  /** The ways that `first` sends packets by. */
  route(...by: ('upper' | 'lower')[]): void;
}

export type NodeName = 'client' | 'first' | 'upper' | 'lower' | 'last' | 'server';

/** As the client sees them. A router answers from the address of the cable by which its answer leaves: `last` has one whichever way is taken. */
export const ADDRESSES = {
  first: '10.214.1.2',
  upper: '10.214.2.2',
  lower: '10.214.3.2',
  last: '10.214.4.2',
  server: '10.214.6.2',
};

const CABLES: readonly [NodeName, NodeName][] = [
  ['client', 'first'],
  ['first', 'upper'],
  ['first', 'lower'],
  ['upper', 'last'],
  ['lower', 'last'],
  ['last', 'server'],
];

/** Everything from left to right; answers go back by `upper`. */
const ROUTES: readonly [NodeName, string, string][] = [
  ['client', 'default', '10.214.1.2'],
  ['first', 'default', '10.214.2.2'],
  ['upper', 'default', '10.214.4.2'],
  ['upper', '10.214.1.0/24', '10.214.2.1'],
  ['lower', 'default', '10.214.5.2'],
  ['lower', '10.214.1.0/24', '10.214.3.1'],
  ['last', 'default', '10.214.4.1'],
  ['server', 'default', '10.214.6.1'],
];

export function createRouterNetwork(): RouterNetwork {
  const id = `tacho-r${process.pid.toString(36)}${(created++).toString(36)}`;
  const nodes = [...new Set(CABLES.flat())];
  const nameOf = (node: NodeName): string => `${id}-${node}`;
  const made: string[] = [];
  const dispose = (): void => {
    for (const name of made.splice(0)) spawnSync('ip', ['netns', 'del', name]);
    process.off('exit', dispose);
  };
  process.on('exit', dispose);
  const exec = (node: NodeName, file: string, args: readonly string[]): string =>
    execFileSync('ip', ['netns', 'exec', nameOf(node), file, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    for (const node of nodes) {
      ip('netns', 'add', nameOf(node));
      made.push(nameOf(node));
      ip('-n', nameOf(node), 'link', 'set', 'lo', 'up');
      // Routers answer every probe: what is silent is what a test makes silent.
      exec(node, 'sysctl', ['-qw', 'net.ipv4.ip_forward=1', 'net.ipv4.icmp_ratelimit=0']);
    }
    CABLES.forEach(([left, right], i) => {
      const [near, far] = [`to-${right}`, `to-${left}`];
      ip('-n', nameOf(left), 'link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', nameOf(right));
      for (const [node, link, end] of [
        [left, near, 1],
        [right, far, 2],
      ] as const) {
        ip('-n', nameOf(node), 'address', 'add', `10.214.${i + 1}.${end}/24`, 'dev', link);
        ip('-n', nameOf(node), 'link', 'set', link, 'up');
      }
    });
    for (const [node, to, via] of ROUTES) ip('-n', nameOf(node), 'route', 'add', to, 'via', via);
  } catch (error) {
    dispose();
    throw error;
  }
  return {
    run: (file: string, args: readonly string[], options?: ProcessOptions) =>
      runProcess('ip', ['netns', 'exec', nameOf('client'), file, ...args], options),
    exec,
    filter: (node, rules) => {
      const input = `table ip tacho {}\ndelete table ip tacho\ntable ip tacho {\n${rules}\n}\n`;
      execFileSync('ip', ['netns', 'exec', nameOf(node), 'nft', '-f', '-'], { input, stdio: ['pipe', 'ignore', 'pipe'] });
    },
    route: (...by) => {
      const hops = by.flatMap((router) => ['nexthop', 'via', ADDRESSES[router]]);
      ip('-n', nameOf('first'), 'route', 'replace', 'default', ...hops);
    },
    [Symbol.dispose]: dispose,
  };
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
