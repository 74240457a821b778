import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the operating system counts for all processes under a limit. */
export interface LimitedMemory {
  /** Most ever charged, page cache included: it rises to the limit wherever files are read, and is given back on demand. */
  readonly peakBytes: number;
  /** Now: the processes' own memory, which nothing can take back. */
  readonly anonymousBytes: number;
  /** Now: cached pages of files. */
  readonly cacheBytes: number;
  readonly outOfMemoryKills: number;
}

export interface MemoryLimit {
  /** How the limit is enforced, for people. */
  readonly how: string;
  /** Words before a command that run it, with the process id it is started with, under the limit. */
  readonly prefix: readonly string[];
  read(): LimitedMemory;
  /** To be called when everything under it has ended. */
  remove(): void;
}

/** A limit by a control group, version 2 or 1, made by root or by systemd; else why there is none. */
export function limitMemory(bytes: number): MemoryLimit | { readonly missing: string } {
  if (process.platform !== 'linux') return { missing: `a memory limit needs Linux, this is ${process.platform}` };
  const ways = [controlGroup2, controlGroup1, systemdScope];
  const reasons: string[] = [];
  for (const way of ways) {
    const limit = way(bytes);
    if (typeof limit !== 'string') return limit;
    reasons.push(limit);
  }
  return { missing: reasons.join('; ') };
}

const ROOT = '/sys/fs/cgroup';

function controlGroup2(bytes: number): MemoryLimit | string {
  if (!existsSync(join(ROOT, 'cgroup.controllers'))) return 'no control groups of version 2';
  const group = join(ROOT, `tacho-bench-${process.pid}`);
  try {
    if (!text(ROOT, 'cgroup.subtree_control').includes('memory')) writeFileSync(join(ROOT, 'cgroup.subtree_control'), '+memory');
    mkdirSync(group);
  } catch (error) {
    return `control groups of version 2: ${(error as Error).message}`;
  }
  try {
    writeFileSync(join(group, 'memory.max'), String(bytes));
    if (existsSync(join(group, 'memory.swap.max'))) writeFileSync(join(group, 'memory.swap.max'), '0');
  } catch (error) {
    rmdirSync(group);
    return `control groups of version 2: ${(error as Error).message}`;
  }
  return { how: 'control group (version 2), no swap', prefix: joining(group), read: () => readVersion2(group), remove: () => rmdirSync(group) };
}

function controlGroup1(bytes: number): MemoryLimit | string {
  const root = join(ROOT, 'memory');
  if (!existsSync(join(root, 'memory.limit_in_bytes'))) return 'no control groups of version 1';
  const group = join(root, `tacho-bench-${process.pid}`);
  try {
    mkdirSync(group);
  } catch (error) {
    return `control groups of version 1: ${(error as Error).message}`;
  }
  try {
    writeFileSync(join(group, 'memory.limit_in_bytes'), String(bytes));
    // Memory and swap together; absent where the kernel does not count swap.
    const both = join(group, 'memory.memsw.limit_in_bytes');
    if (existsSync(both)) writeFileSync(both, String(bytes));
  } catch (error) {
    rmdirSync(group);
    return `control groups of version 1: ${(error as Error).message}`;
  }
  const read = (): LimitedMemory => ({
    peakBytes: Number(text(group, 'memory.max_usage_in_bytes')),
    anonymousBytes: field(text(group, 'memory.stat'), 'total_rss'),
    cacheBytes: field(text(group, 'memory.stat'), 'total_cache'),
    outOfMemoryKills: field(text(group, 'memory.oom_control'), 'oom_kill'),
  });
  return { how: 'control group (version 1), no swap', prefix: joining(group), read, remove: () => rmdirSync(group) };
}

/** For users who may not make control groups themselves: systemd runs the command, in place, in a scope of its own. */
function systemdScope(bytes: number): MemoryLimit | string {
  const unit = `tacho-bench-${process.pid}`;
  const options = ['--scope', '--quiet', ...(process.getuid?.() === 0 ? [] : ['--user']), '-p', `MemoryMax=${bytes}`, '-p', 'MemorySwapMax=0'];
  const probe = spawnSync('systemd-run', [...options, 'cat', '/proc/self/cgroup'], { encoding: 'utf8' });
  if (probe.status !== 0) return 'systemd-run makes no scope here';
  const path = /^0::(\/.+)\/[^/]+$/m.exec(probe.stdout)?.[1];
  if (path === undefined || !existsSync(join(ROOT, 'cgroup.controllers'))) return 'systemd-run makes no scope here';
  const group = join(ROOT, path, `${unit}.scope`);
  return {
    how: 'systemd scope, no swap',
    prefix: ['systemd-run', ...options, '--unit', unit],
    read: () => readVersion2(group),
    // The scope goes with its last process.
    remove: () => undefined,
  };
}

function readVersion2(group: string): LimitedMemory {
  const stat = text(group, 'memory.stat');
  return {
    peakBytes: existsSync(join(group, 'memory.peak')) ? Number(text(group, 'memory.peak')) : Number.NaN,
    anonymousBytes: field(stat, 'anon'),
    cacheBytes: field(stat, 'file'),
    outOfMemoryKills: field(text(group, 'memory.events'), 'oom_kill'),
  };
}

/** The shell enters the group and becomes the command. */
function joining(group: string): string[] {
  return ['/bin/sh', '-c', `echo $$ > '${join(group, 'cgroup.procs')}' && exec "$@"`, 'sh'];
}

function text(group: string, name: string): string {
  return readFileSync(join(group, name), 'utf8').trim();
}

function field(lines: string, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(lines)?.[1] ?? Number.NaN);
}
