import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode, encode, type Packet } from 'dns-packet';
import { bundleAgent } from '../scripts/bundle-agent.ts';
import type { Assignment } from '../src/protocol/messages.ts';
import { systemClock } from '../src/util/clock.ts';
import { FakeServer } from '../test/support/fake-server.ts';
import type { Bench } from './bench.ts';

const JOBS = 200;
const INTERVAL_MS = 60_000;

/** Times: until the figure is stable, between samples, and how long samples are taken. */
const FULL = { settleMs: 20_000, idleMs: 20_000, warmMs: 70_000, busyMs: 60_000, everyMs: 500 };
const QUICK = { settleMs: 2000, idleMs: 2000, warmMs: 4000, busyMs: 4000, everyMs: 250 };

export const bench: Bench = {
  name: 'agent-memory',
  description: 'resident memory of the bundled agent, idle and with 200 jobs each minute (ping, http and dns on loopback)',
  run: async ({ quick, print }) => {
    const times = quick ? QUICK : FULL;
    const dir = mkdtempSync(join(tmpdir(), 'tacho-bench-agent-'));
    const undo: (() => Promise<unknown>)[] = [];
    try {
      const program = join(dir, 'agent.js');
      await bundleAgent(program);
      const server = await new FakeServer({ heartbeatMs: 15_000 }).start();
      undo.push(() => server.stop());
      const targets = await startTargets(undo);
      const agent = startAgent(program, server.url, join(dir, 'agent'));
      undo.push(() => end(agent));
      await until(() => server.connected === 1, agent);

      await systemClock.sleep(times.settleMs);
      const idle = await sample(agent, times.idleMs, times.everyMs);
      print(`idle: median ${idle.median.toFixed(1)} MB, peak ${idle.peak.toFixed(1)} MB of ${idle.count} samples`);

      server.setSchedule(assignments(targets));
      await systemClock.sleep(times.warmMs);
      const seen = server.ledger.length;
      const busy = await sample(agent, times.busyMs, times.everyMs);
      const ran = new Set(server.ledger.map(({ result }) => result.job)).size;
      const good = server.ledger.filter(({ result }) => result.status === 'success').length;
      print(`${JOBS} jobs: median ${busy.median.toFixed(1)} MB, peak ${busy.peak.toFixed(1)} MB of ${busy.count} samples`);
      print(
        `${ran} jobs ran; ${server.ledger.length} results arrived, ${good} of them successes, ${server.ledger.length - seen} while memory was sampled`,
      );
      if (good < server.ledger.length / 2 || (!quick && ran < JOBS))
        throw new Error('the jobs did not run as they should: the figure would mean nothing');
      return {
        figures: {
          idle_rss_mb: { value: round(idle.median), target: 90, better: 'lower', unit: 'MB' },
          jobs200_rss_mb: { value: round(busy.median), target: 130, better: 'lower', unit: 'MB' },
          jobs200_peak_rss_mb: { value: round(busy.peak), better: 'lower', unit: 'MB' },
          results_arrived: { value: server.ledger.length, better: 'higher', unit: 'results' },
        },
      };
    } finally {
      for (const step of undo.reverse()) await step();
      rmSync(dir, { recursive: true, force: true });
    }
  },
};

interface Targets {
  readonly httpUrl: string;
  /** Address and port of a DNS server. */
  readonly dns: string;
}

/** A web server and a DNS server on loopback. */
async function startTargets(undo: (() => Promise<unknown>)[]): Promise<Targets> {
  const web = createServer((_request, response) => response.end('a small page, as pages go\n'.repeat(200)));
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  undo.push(() => new Promise((resolve) => web.close(resolve)));
  const names = createSocket('udp4');
  names.on('message', (question, from) => {
    const { id = 0, questions = [] } = decode(question) as Packet;
    const answers = questions.map(({ name }) => ({ type: 'A' as const, name, ttl: 60, data: '127.0.0.1' }));
    names.send(encode({ type: 'response', id, questions, answers }), from.port, from.address);
  });
  await new Promise<void>((resolve) => names.bind(0, '127.0.0.1', resolve));
  undo.push(() => new Promise<void>((resolve) => names.close(() => resolve())));
  return { httpUrl: `http://127.0.0.1:${(web.address() as AddressInfo).port}/`, dns: `127.0.0.1:${names.address().port}` };
}

/** Two fifths ping, two fifths HTTP, one fifth DNS; first runs all at once, as when a fleet's jobs are made. */
function assignments({ httpUrl, dns }: Targets): Assignment[] {
  const since = systemClock.now();
  return Array.from({ length: JOBS }, (_, i) => {
    const shape = [
      { kind: 'ping', host: '127.0.0.1', spec: {} },
      { kind: 'http', host: httpUrl, spec: {} },
      { kind: 'ping', host: '127.0.0.1', spec: {} },
      { kind: 'http', host: httpUrl, spec: {} },
      { kind: 'dns', host: `host-${i}.example`, spec: { server: dns } },
    ][i % 5];
    if (shape === undefined) throw new Error('no shape');
    return {
      ...{ job_id: i + 1, job: `job-${i + 1}`, revision: 1, kind: shape.kind, made_at: since, spec: shape.spec },
      timetable: { intervalMs: INTERVAL_MS, cron: null, timeZone: 'UTC', windows: [], since, until: null },
      destination: { id: i + 1, name: `destination-${i + 1}`, host: shape.host },
    };
  });
}

function startAgent(program: string, serverUrl: string, dir: string): ChildProcess {
  const agent = spawn(
    process.execPath,
    [program, '--server', serverUrl, '--dir', dir, '--name', 'bench', '--token-file', '-', '--log-level', 'warn'],
    {
      stdio: ['pipe', 'inherit', 'inherit'],
    },
  );
  agent.stdin.end('enrol-me\n');
  return agent;
}

async function end(agent: ChildProcess): Promise<void> {
  if (agent.exitCode !== null || agent.signalCode !== null) return;
  const exited = once(agent, 'exit');
  agent.kill('SIGTERM');
  await exited;
}

async function until(condition: () => boolean, agent: ChildProcess): Promise<void> {
  while (!condition()) {
    if (agent.exitCode !== null) throw new Error(`the agent ended with code ${agent.exitCode}`);
    await systemClock.sleep(20);
  }
}

async function sample(agent: ChildProcess, forMs: number, everyMs: number): Promise<{ median: number; peak: number; count: number }> {
  const values: number[] = [];
  const endAt = systemClock.monotonic() + forMs;
  while (systemClock.monotonic() < endAt) {
    values.push(residentMb(agent.pid ?? 0));
    await systemClock.sleep(everyMs);
  }
  values.sort((a, b) => a - b);
  return { median: values[Math.floor(values.length / 2)] ?? 0, peak: values.at(-1) ?? 0, count: values.length };
}

/** VmRSS in megabytes of 10^6 bytes; its children, such as fping, are not in it. */
function residentMb(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kib === undefined) throw new Error(`no VmRSS for process ${pid}`);
  return (Number(kib) * 1024) / 1e6;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
