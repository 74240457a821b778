import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ensureSystemTools, withTemporaryFile, type RunApt, type TemporaryFile } from './system-tools.ts';

/** A machine with apt: what it has, what its index knows, and what installing would do. */
class FakeMachine {
  readonly present: Set<string>;
  readonly calls: string[] = [];
  readonly printed: string[] = [];
  readonly #simulated: Map<string, string>;
  #indexIsFresh: boolean;

  constructor(options: { present: string[]; simulated?: Record<string, string>; indexIsFresh?: boolean }) {
    this.present = new Set(options.present);
    this.#simulated = new Map(Object.entries(options.simulated ?? {}));
    this.#indexIsFresh = options.indexIsFresh ?? true;
  }

  readonly apt: RunApt = (args) => {
    this.calls.push(args.join(' '));
    if (args[0] === 'update') {
      this.#indexIsFresh = true;
      return { exitCode: 0, output: '' };
    }
    const name = args.at(-1) ?? '';
    if (!this.#indexIsFresh) return { exitCode: 100, output: `E: Unable to locate package ${name}\n` };
    if (args.includes('--simulate')) return { exitCode: 0, output: this.#simulated.get(name) ?? `Inst ${name} (1.0 Debian:12)\n` };
    this.present.add(name === 'postgresql' ? 'initdb' : name);
    return { exitCode: 0, output: '' };
  };

  ensure(mayInstall: boolean): void {
    ensureSystemTools({
      isPresent: (command) => this.present.has(command),
      print: (line) => this.printed.push(line),
      apt: mayInstall ? this.apt : null,
      withFile: ({ path }, work) => {
        this.calls.push(`write ${path}`);
        work();
        this.calls.push(`remove ${path}`);
      },
    });
  }

  get installed(): string[] {
    return this.calls.filter((call) => call.startsWith('install -y')).map((call) => call.split(' ').at(-1) ?? '');
  }
}

const ALL = ['ping', 'fping', 'traceroute', 'mtr', 'iperf3', 'chromium', 'tcpdump', 'faketime', 'nft', 'ip', 'strace', 'zsh', 'fish', 'initdb'];
const without = (...missing: string[]): string[] => ALL.filter((name) => !missing.includes(name));

describe('system tools for the tests', () => {
  test('nothing is run and nothing said where all are there', () => {
    const machine = new FakeMachine({ present: ALL });
    machine.ensure(true);
    expect(machine.calls).toEqual([]);
    expect(machine.printed).toEqual([]);
  });

  test('only the missing ones are installed, and each is named', () => {
    const machine = new FakeMachine({ present: without('fping', 'strace') });
    machine.ensure(true);
    expect(machine.installed).toEqual(['fping', 'strace']);
    expect(machine.printed).toEqual(['installing fping', 'installing strace']);
  });

  test('what a package needs is named with it', () => {
    const machine = new FakeMachine({
      present: without('strace'),
      simulated: { strace: 'Inst libunwind8 (1.6 Debian:12)\nInst strace (6.1 Debian:12)\nConf strace (6.1 Debian:12)\n' },
    });
    machine.ensure(true);
    expect(machine.printed).toEqual(['installing strace, which needs libunwind8']);
  });

  test('every installation forbids upgrades and removals', () => {
    const machine = new FakeMachine({ present: without('fping') });
    machine.ensure(true);
    const installs = machine.calls.filter((call) => call.startsWith('install'));
    expect(installs.length).toBeGreaterThan(0);
    expect(installs.every((call) => call.includes('--no-upgrade') && call.includes('--no-remove') && call.includes('--no-install-recommends'))).toBe(
      true,
    );
  });

  test('the package index is refreshed only where it does not know a package', () => {
    const fresh = new FakeMachine({ present: without('fping') });
    fresh.ensure(true);
    expect(fresh.calls).not.toContain('update');

    const stale = new FakeMachine({ present: without('fping', 'strace'), indexIsFresh: false });
    stale.ensure(true);
    expect(stale.calls.filter((call) => call === 'update')).toHaveLength(1);
    expect(stale.installed).toEqual(['fping', 'strace']);
  });

  test('a package that would upgrade or remove another is left alone and named; the others are installed', () => {
    const machine = new FakeMachine({
      present: without('fping', 'tcpdump', 'strace'),
      simulated: { fping: 'Inst libc6 [2.36-8] (2.36-9 Debian:12)\nInst fping (5.1)\n', tcpdump: 'Remv other [1.0]\nInst tcpdump (4.99)\n' },
    });
    machine.ensure(true);
    expect(machine.installed).toEqual(['strace']);
    expect(machine.printed).toEqual([
      'not installing fping: it would upgrade or remove other packages',
      'not installing tcpdump: it would upgrade or remove other packages',
      'installing strace',
      'still missing: fping tcpdump; tests that need them are skipped',
    ]);
  });

  test('where nothing may be installed, what is missing is named and how to get it', () => {
    const machine = new FakeMachine({ present: without('ping', 'nft') });
    machine.ensure(false);
    expect(machine.calls).toEqual([]);
    expect(machine.printed).toEqual([
      'missing: ping nft; tests that need them are skipped',
      'to have them on Debian or Ubuntu: apt-get install -y --no-install-recommends iputils-ping nftables',
    ]);
  });

  test('PostgreSQL is installed without a cluster: a file that says so is there meanwhile', () => {
    const machine = new FakeMachine({
      present: without('initdb'),
      simulated: { postgresql: 'Inst postgresql-common (248)\nInst postgresql-15 (15.1)\nInst postgresql (15)\n' },
    });
    machine.ensure(true);
    const file = '/etc/postgresql-common/createcluster.d/tachograph-tests.conf';
    expect(machine.calls.slice(1)).toEqual([
      `write ${file}`,
      'install -y --no-install-recommends --no-upgrade --no-remove postgresql',
      `remove ${file}`,
    ]);
    expect(machine.printed).toEqual([
      'installing postgresql, which needs postgresql-common postgresql-15',
      `no database cluster is made and no server started: ${file} says so meanwhile`,
    ]);
  });
});

describe('a temporary file', () => {
  const file = (folder: string): TemporaryFile => ({ path: join(folder, 'new', 'x.conf'), text: 'a = b\n', effect: 'nothing' });
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tacho-tools-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test('is there during the work only, and so is its folder, also where the work fails', () => {
    const work = (): void => {
      expect(readFileSync(file(folder).path, 'utf8')).toBe('a = b\n');
      throw new Error('failed');
    };
    expect(() => withTemporaryFile(file(folder), work)).toThrow('failed');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('leaves alone what was there before, and what the work put there', () => {
    withTemporaryFile(file(folder), () => writeFileSync(join(folder, 'new', 'theirs.conf'), 'c = d'));
    expect(readdirSync(join(folder, 'new'))).toEqual(['theirs.conf']);
    writeFileSync(file(folder).path, 'mine');
    withTemporaryFile(file(folder), () => undefined);
    expect(readFileSync(file(folder).path, 'utf8')).toBe('mine');
  });
});
