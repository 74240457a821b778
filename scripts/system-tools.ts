import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Programs that tests use, and the Debian package each comes in. What is absent makes its tests skip. */
const PACKAGES: Readonly<Record<string, string>> = {
  ping: 'iputils-ping',
  fping: 'fping',
  traceroute: 'traceroute',
  mtr: 'mtr-tiny',
  iperf3: 'iperf3',
  chromium: 'chromium',
  tcpdump: 'tcpdump',
  faketime: 'faketime',
  nft: 'nftables',
  ip: 'iproute2',
  strace: 'strace',
};

/** Folders that are not in every user's PATH. */
const MORE_FOLDERS = ['/usr/sbin', '/sbin', '/usr/local/sbin'];

/** Runs a command and gives its exit code and what it printed; a parameter so that tests need no apt. */
export type RunApt = (args: readonly string[]) => { readonly exitCode: number; readonly output: string };

export interface ToolOptions {
  readonly isPresent: (command: string) => boolean;
  readonly print: (line: string) => void;
  /** null where packages may not be installed from here. */
  readonly apt: RunApt | null;
}

/** Names the tools that are missing and, where it may, installs their packages and nothing else. Never throws: tests skip without them. */
export function ensureSystemTools({ isPresent, print, apt }: ToolOptions): void {
  const missing = Object.keys(PACKAGES).filter((command) => !isPresent(command));
  if (missing.length === 0) return;
  const packages = missing.map((command) => PACKAGES[command] ?? command);
  if (apt === null) {
    print(`missing: ${missing.join(' ')}; tests that need them are skipped`);
    print(`to have them on Debian or Ubuntu: apt-get install -y --no-install-recommends ${packages.join(' ')}`);
    return;
  }
  for (const { name, others } of installable(packages, apt, print)) {
    print(others.length === 0 ? `installing ${name}` : `installing ${name}, which needs ${others.join(' ')}`);
    const { exitCode, output } = apt(['install', '-y', '--no-install-recommends', '--no-upgrade', '--no-remove', name]);
    if (exitCode !== 0) print(`could not install ${name}: ${lastLine(output)}`);
  }
  const still = missing.filter((command) => !isPresent(command));
  if (still.length > 0) print(`still missing: ${still.join(' ')}; tests that need them are skipped`);
}

/** Those packages that can be had without upgrading or removing another one. The index is refreshed only when it does not know one of them. */
function installable(packages: readonly string[], apt: RunApt, print: (line: string) => void): Installable[] {
  const plan = (name: string): Plan => readPlan(apt(['install', '--simulate', '--no-install-recommends', '--no-upgrade', '--no-remove', name]));
  let plans = packages.map((name) => ({ name, plan: plan(name) }));
  if (plans.some((entry) => entry.plan.verdict === 'unknown')) {
    print('refreshing the package index: apt-get update');
    const update = apt(['update']);
    if (update.exitCode !== 0) print(`could not refresh the package index: ${lastLine(update.output)}`);
    plans = packages.map((name) => ({ name, plan: plan(name) }));
  }
  return plans.flatMap(({ name, plan: found }) => {
    if (found.verdict === 'fits') return [{ name, others: found.installs.filter((other) => other !== name) }];
    const why = found.verdict === 'unknown' ? 'apt cannot provide it' : 'it would upgrade or remove other packages';
    print(`not installing ${name}: ${why}`);
    return [];
  });
}

interface Installable {
  readonly name: string;
  /** Packages that come with it because it needs them. */
  readonly others: readonly string[];
}

interface Plan {
  readonly verdict: 'fits' | 'changes others' | 'unknown';
  readonly installs: readonly string[];
}

/** Reads `apt-get --simulate`: `Inst name (new ...)` is an installation, `Inst name [old] (new ...)` an upgrade, `Remv name` a removal. */
function readPlan({ exitCode, output }: { readonly exitCode: number; readonly output: string }): Plan {
  const installs = [...output.matchAll(/^Inst (\S+) /gm)].map((match) => match[1] ?? '');
  if (/^(Remv |Inst \S+ \[)/m.test(output)) return { verdict: 'changes others', installs };
  return { verdict: exitCode === 0 ? 'fits' : 'unknown', installs };
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}

export function isInPath(command: string): boolean {
  return [...(process.env['PATH'] ?? '').split(delimiter), ...MORE_FOLDERS].some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** apt-get where we are root, it exists and nobody forbade it. */
export function findApt(): RunApt | null {
  const forbidden = (process.env['TACHO_NO_APT'] ?? '') !== '';
  if (forbidden || process.getuid?.() !== 0 || !isInPath('apt-get')) return null;
  return (args) => {
    const { status, stdout, stderr } = spawnSync('apt-get', args, {
      encoding: 'utf8',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
    });
    return { exitCode: status ?? 1, output: stdout + stderr };
  };
}
