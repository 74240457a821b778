import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

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
  zsh: 'zsh',
  fish: 'fish',
  initdb: 'postgresql',
};

/** What must be in a file while a package is installed, so that nothing is made or started that the tests do not need. */
const WHILE_INSTALLING: Readonly<Record<string, TemporaryFile>> = {
  postgresql: {
    path: '/etc/postgresql-common/createcluster.d/tachograph-tests.conf',
    text: 'create_main_cluster = false\n',
    effect: 'no database cluster is made and no server started',
  },
};

export interface TemporaryFile {
  readonly path: string;
  readonly text: string;
  readonly effect: string;
}

/** Folders that are not in every user's PATH. */
const MORE_FOLDERS = ['/usr/sbin', '/sbin', '/usr/local/sbin'];

/** Debian keeps PostgreSQL's programs in a folder for each version, `15/bin`. */
const POSTGRESQL_VERSIONS = '/usr/lib/postgresql';

/** Runs a command and gives its exit code and what it printed; a parameter so that tests need no apt. */
export type RunApt = (args: readonly string[]) => { readonly exitCode: number; readonly output: string };

export interface ToolOptions {
  readonly isPresent: (command: string) => boolean;
  readonly print: (line: string) => void;
  /** null where packages may not be installed from here. */
  readonly apt: RunApt | null;
  /** Has a file there while the work is done, and not afterwards. */
  readonly withFile: (file: TemporaryFile, work: () => void) => void;
}

/** Names the tools that are missing and, where it may, installs their packages and nothing else. Never throws: tests skip without them. */
export function ensureSystemTools({ isPresent, print, apt, withFile }: ToolOptions): void {
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
    const install = (): void => {
      const { exitCode, output } = apt(['install', '-y', '--no-install-recommends', '--no-upgrade', '--no-remove', name]);
      if (exitCode !== 0) print(`could not install ${name}: ${lastLine(output)}`);
    };
    const file = WHILE_INSTALLING[name];
    if (file === undefined) {
      install();
      continue;
    }
    print(`${file.effect}: ${file.path} says so meanwhile`);
    withFile(file, install);
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
  return [...(process.env['PATH'] ?? '').split(delimiter), ...MORE_FOLDERS, ...postgresqlFolders()].some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function postgresqlFolders(): string[] {
  if (!existsSync(POSTGRESQL_VERSIONS)) return [];
  return readdirSync(POSTGRESQL_VERSIONS).map((version) => join(POSTGRESQL_VERSIONS, version, 'bin'));
}

/** Writes the file, does the work, removes the file, and its folder where that was not there before. One that is there already stays as it is. */
export function withTemporaryFile({ path, text }: TemporaryFile, work: () => void): void {
  if (existsSync(path)) {
    work();
    return;
  }
  const made = mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  try {
    work();
  } finally {
    rmSync(path, { force: true });
    if (made !== undefined) removeEmpty(dirname(path));
  }
}

/** The package may have put its own files beside ours meanwhile. */
function removeEmpty(folder: string): void {
  if (readdirSync(folder).length === 0) rmdirSync(folder);
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
