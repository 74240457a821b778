import { execFileSync, spawnSync } from 'node:child_process';
import type { SpawnSyncReturns } from 'node:child_process';
import type { ProcessOptions, ProcessOutcome, RunProcess } from '../../src/util/process.ts';
import { runProcess } from '../../src/util/process.ts';

/** Interface names hold 15 characters: a short prefix, the process and a count keep parallel tests apart. */
let created = 0;

/** Why namespaces cannot be made here, in words for a skipped test; null where they can. */
export function namespacesUnavailable(): string | null {
  if (process.platform !== 'linux') return 'network namespaces are a feature of Linux';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  for (const tool of ['ip', 'nft']) {
    if (spawnSync(tool, [tool === 'ip' ? '-V' : '-v']).error !== undefined) return `network namespaces need the program ${tool}`;
  }
  const trial = `tacho-trial-${process.pid}`;
  const made = spawnSync('ip', ['netns', 'add', trial]);
  if (made.status !== 0) return `network namespaces cannot be made here: ${String(made.stderr).trim()}`;
  spawnSync('ip', ['netns', 'del', trial]);
  return null;
}

export interface Namespace {
  readonly name: string;
  /** Its address on the common bridge. */
  readonly address: string;
  /** Runs a program inside; a probe's `run` that sees this namespace's network. */
  readonly run: RunProcess;
  /** Runs a program inside and waits for it; throws where it fails. */
  exec(file: string, args: readonly string[]): string;
  /** The program and arguments that start `file` inside, for long-lived children. */
  command(file: string, args: readonly string[]): { file: string; args: string[] };
  /** Drops ICMP that arrives here: each packet with this probability, in percent. Counts from 0 again. */
  dropIcmp(percent: number): void;
  /** Drops exactly every so-many-th ICMP echo request that arrives here. Counts from 0 again. */
  dropEveryIcmp(nth: number): void;
  /** How many packets the drop has matched since it was added. */
  droppedIcmp(): number;
  stopDropping(): void;
  /** Loses what TCP brings here from an address, all of it from some packet on; what leaves here is not touched. */
  loseFrom(address: string, beginning: LossBeginning): Loss;
  /** Takes its cable out, and puts it back. */
  cut(): void;
  restore(): void;
}

/** After so many bytes from now, headers included; or from the first packet on whose payload begins with these eight characters. */
export type LossBeginning = { readonly afterBytes: number } | { readonly atPayload: string };

/** One direction of a cut, that goes on until it is healed. */
export interface Loss {
  seen(): { readonly passedBytes: number; readonly lostPackets: number };
  heal(): void;
}

export interface Network extends Disposable {
  readonly namespaces: readonly Namespace[];
}

/** Steps of the random drop: a tenth of a percent is as fine as tests need. */
const DROP_STEPS = 1000;

/**
 * So many namespaces, each with one cable to a common bridge, which is in a namespace of its own: nothing of it
 * touches the machine's network. Dispose of it (`using`); what was made until a failure is removed as well.
 */
export function createNetwork(count: number): Network {
  const id = `t${process.pid.toString(36)}${(created++).toString(36)}`;
  const hub = `tacho-${id}-hub`;
  const names = Array.from({ length: count }, (_, i) => `tacho-${id}-${i + 1}`);
  const made: string[] = [];
  const dispose = (): void => {
    // Cables and bridge go with their namespaces.
    for (const name of made.splice(0)) spawnSync('ip', ['netns', 'del', name]);
    process.off('exit', dispose);
  };
  process.on('exit', dispose);
  try {
    for (const name of [hub, ...names]) {
      ip('netns', 'add', name);
      made.push(name);
    }
    ip('-n', hub, 'link', 'add', 'bridge', 'type', 'bridge');
    ip('-n', hub, 'link', 'set', 'bridge', 'up');
    const namespaces = names.map((name, i) => connect(hub, name, i + 1));
    return { namespaces, [Symbol.dispose]: dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

function connect(hub: string, name: string, number: number): Namespace {
  const port = `port${number}`;
  const address = `10.213.0.${number}`;
  ip('-n', hub, 'link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
  ip('-n', hub, 'link', 'set', port, 'master', 'bridge', 'up');
  ip('-n', name, 'address', 'add', `${address}/24`, 'dev', 'eth0');
  ip('-n', name, 'link', 'set', 'lo', 'up');
  ip('-n', name, 'link', 'set', 'eth0', 'up');
  const command = (file: string, args: readonly string[]): { file: string; args: string[] } => ({
    file: 'ip',
    args: ['netns', 'exec', name, file, ...args],
  });
  const exec = (file: string, args: readonly string[]): string => {
    const inside = command(file, args);
    return execFileSync(inside.file, inside.args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  };
  return {
    name,
    address,
    command,
    exec,
    run: (file: string, args: readonly string[], options?: ProcessOptions): Promise<ProcessOutcome> => {
      const inside = command(file, args);
      return runProcess(inside.file, inside.args, options);
    },
    dropIcmp: (percent) => dropEchoRequests(name, `numgen random mod ${DROP_STEPS} < ${Math.round((percent / 100) * DROP_STEPS)}`),
    dropEveryIcmp: (nth) => dropEchoRequests(name, `numgen inc mod ${nth} 0`),
    droppedIcmp: () => countedPackets(exec('nft', ['-j', 'list', 'table', 'inet', 'tacho'])),
    stopDropping: () => removeTable(name),
    loseFrom: (from, beginning) => loseTcp({ namespace: name, from, beginning, exec }),
    cut: () => ip('-n', hub, 'link', 'set', port, 'down'),
    restore: () => ip('-n', hub, 'link', 'set', port, 'up'),
  };
}

function ip(...args: string[]): void {
  check('ip', args, spawnSync('ip', args, { encoding: 'utf8' }));
}

function nft(namespace: string, ruleset: string): void {
  const args = ['netns', 'exec', namespace, 'nft', '-f', '-'];
  check('ip', args, spawnSync('ip', args, { encoding: 'utf8', input: ruleset }));
}

/** Drops those ICMP echo requests that the condition picks as they arrive, and counts them. */
function dropEchoRequests(namespace: string, condition: string): void {
  removeTable(namespace);
  nft(
    namespace,
    [
      'table inet tacho {',
      'chain input {',
      'type filter hook input priority 0; policy accept;',
      `icmp type echo-request ${condition} counter drop`,
      `icmpv6 type echo-request ${condition} counter drop`,
      '}',
      '}',
    ].join('\n'),
  );
}

interface LoseTcp {
  readonly namespace: string;
  readonly from: string;
  readonly beginning: LossBeginning;
  readonly exec: Namespace['exec'];
}

/** Dropped where it arrives and not where it leaves: a sender that drops its own packets is told, as no cut would tell it. */
function loseTcp({ namespace, from, beginning, exec }: LoseTcp): Loss {
  const table = `loss_${from.replaceAll('.', '_')}`;
  const source = `ip saddr ${from} ip protocol tcp`;
  const rules =
    'afterBytes' in beginning
      ? [`${source} quota over ${beginning.afterBytes} bytes counter name lost drop`]
      : [
          `${source} ip saddr @gone counter name lost drop`,
          `${source} @ih,0,64 0x${Buffer.from(beginning.atPayload.slice(0, 8), 'latin1').toString('hex')} add @gone { ip saddr } counter name lost drop`,
        ];
  nft(
    namespace,
    [
      `table inet ${table} {`,
      ...['set gone {', 'type ipv4_addr', 'flags dynamic', '}'],
      ...['counter lost {', '}', 'counter passed {', '}'],
      ...['chain input {', 'type filter hook input priority 0; policy accept;', ...rules, `${source} counter name passed`, '}'],
      '}',
    ].join('\n'),
  );
  return {
    seen: () => {
      const json = exec('nft', ['-j', 'list', 'counters', 'table', 'inet', table]);
      const { nftables } = JSON.parse(json) as { nftables: { counter?: { name: string; packets: number; bytes: number } }[] };
      const counter = (name: string) => nftables.find((item) => item.counter?.name === name)?.counter;
      return { passedBytes: counter('passed')?.bytes ?? 0, lostPackets: counter('lost')?.packets ?? 0 };
    },
    heal: () => removeTable(namespace, table),
  };
}

function removeTable(namespace: string, table = 'tacho'): void {
  // Added first, so that deleting what is not there is no error.
  nft(namespace, `table inet ${table} {}\ndelete table inet ${table}\n`);
}

function check(file: string, args: readonly string[], { status, stderr, error }: SpawnSyncReturns<string>): void {
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${file} ${args.join(' ')} failed: ${stderr.trim()}`);
}

/** The sum of all counters in `nft -j list`. */
function countedPackets(json: string): number {
  const counters = json.matchAll(/"counter":\s*\{"packets":\s*(\d+)/g);
  return [...counters].reduce((sum, [, packets]) => sum + Number(packets), 0);
}
