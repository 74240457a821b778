import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../../test/support/eventually.ts';
import { FakeServer } from '../../test/support/fake-server.ts';
import { hastyClock } from '../../test/support/hasty-clock.ts';
import type { Assignment } from '../protocol/messages.ts';
import { seededRandom } from '../util/random.ts';
import { runAgent, type AgentEnd, type AgentOptions } from './agent.ts';
import { identityPath, readIdentity } from './identity.ts';
import { silentLog } from './log.ts';
import { Spool } from './spool.ts';

function assignments(count: number, intervalMs: number, since = Date.now()): Assignment[] {
  return Array.from({ length: count }, (_, i) => ({
    ...{ job_id: i + 1, job: `job-${i + 1}`, revision: 1, kind: 'ping', spec: {} },
    made_at: since,
    timetable: { intervalMs, cron: null, timeZone: 'UTC', windows: [], since, until: null },
    destination: { id: 10 + i, name: `host-${i}`, host: '127.0.0.1' },
  }));
}

describe('agent', () => {
  let dir: string;
  let server: FakeServer;
  const stops: (() => Promise<unknown>)[] = [];
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tacho-agent-'));
    // Intervals of milliseconds are for tests; an agent without a policy refuses them.
    await mkdir(dirOf());
    await writeFile(join(dirOf(), 'policy.json'), JSON.stringify({ rates: { shortest_interval_s: 0.001, runs_per_minute: 1_000_000 } }));
    server = await new FakeServer({ heartbeatMs: 100 }).start();
  });
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  });

  /** An agent with quick waits and fake measurements. */
  function start(over: Partial<AgentOptions> = {}): { ended: Promise<AgentEnd>; stop: () => Promise<AgentEnd> } {
    const stopping = new AbortController();
    const ended = runAgent(
      {
        ...{ server: server.url, dir: join(dir, 'agent'), name: null, labels: {}, allowPlainHttp: false, version: '1.2.3', log: silentLog },
        ...{ readToken: async () => 'enrol-me', clock: hastyClock(20), random: seededRandom(5) },
        detect: async () => ({}),
        measure: async () => ({
          startedAt: Date.now(),
          durationMs: 1.5,
          status: 'success',
          failure: null,
          metrics: { rtt_avg_ms: 2, jitter_ms: Number.NaN },
          details: {},
        }),
        ...over,
      },
      stopping.signal,
    );
    ended.catch(() => undefined);
    const stop = (): Promise<AgentEnd> => {
      stopping.abort();
      return ended;
    };
    stops.push(() => stop().catch(() => undefined));
    return { ended, stop };
  }
  const dirOf = (): string => join(dir, 'agent');

  test('enrols, measures what it is told and delivers complete results', async () => {
    server.setSchedule(assignments(1, 60_000));
    start({ name: 'edge-1' });
    await eventually(() => server.ledger.length === 1);
    const [line] = server.ledger;
    expect(line?.seq).toBe(1);
    expect(line?.result).toMatchObject({
      kind: 'ping',
      destination: 10,
      job: 1,
      status: 'success',
      failure: null,
      duration_ms: 1.5,
      metrics: { rtt_avg_ms: 2 },
    });
    expect(line?.result.run).toBe(`j1.1-a1-d10-ping-${line?.result.planned_at}`);
    expect(line?.result.clock_offset_ms).not.toBeNull();
    expect([...server.enrolled.values()]).toEqual([{ id: 1, name: 'edge-1', revoked: false }]);
  });

  test('keeps its identity over a restart, and needs no token then', async () => {
    const first = start({ name: 'edge-1' });
    await eventually(() => server.connected === 1);
    await first.stop();
    start({ server: null, readToken: async () => Promise.reject(new Error('asked for a token')) });
    await eventually(() => server.connected === 1);
    expect(server.enrolled.size).toBe(1);
    expect((await readIdentity(dirOf()))?.name).toBe('edge-1');
  });

  test('takes the name of its host, with a number where that is taken', async () => {
    const host = hostname().split('.')[0] ?? '';
    server.takenNames.add(host).add(`${host}-2`);
    start();
    await eventually(() => server.enrolled.size === 1);
    expect([...server.enrolled.values()][0]?.name).toBe(`${host}-3`);
  });

  test('a name that was given and is taken is an error', async () => {
    server.takenNames.add('edge-1');
    await expect(start({ name: 'edge-1' }).ended).rejects.toThrow('already has an agent named "edge-1"');
  });

  test('a wrong token is an error, and so is none', async () => {
    await expect(start({ readToken: async () => 'guess' }).ended).rejects.toThrow('unknown enrolment token');
    await expect(start({ readToken: async () => null }).ended).rejects.toThrow('expected an enrolment token');
  });

  test('waits for a server that is not there yet', async () => {
    await server.stop();
    start();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await server.start();
    await eventually(() => server.connected === 1);
  });

  test('a broken identity is an error and never a second agent', async () => {
    const first = start();
    await eventually(() => server.connected === 1);
    await first.stop();
    await writeFile(identityPath(dirOf()), '{"server":');
    await expect(start().ended).rejects.toThrow('broken identity file');
    expect(server.enrolled.size).toBe(1);
  });

  test('goes on measuring while the server is away, also after a restart, and delivers it all once', async () => {
    server.setSchedule(assignments(3, 200));
    const first = start({ name: 'edge-1' });
    await eventually(() => server.ledger.length >= 6);
    await server.stop();
    const pending = (): number => Spool.open({ path: join(dirOf(), 'spool.sqlite'), owner: '', clock: hastyClock(), log: silentLog }).state().pending;
    expect(pending).toThrow('another agent runs');
    await new Promise((resolve) => setTimeout(resolve, 500));
    await first.stop();
    const before = server.ledger.length;
    start();
    await new Promise((resolve) => setTimeout(resolve, 500));
    await server.start();
    await eventually(() => server.ledger.length > before + 12);
    const seqs = server.ledger.map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.map((_, i) => i + 1));
    expect(new Set(server.ledger.map(({ result }) => result.id)).size).toBe(seqs.length);
  });

  test('stops measuring and ends when it is revoked', async () => {
    server.setSchedule(assignments(1, 100));
    const { ended } = start();
    await eventually(() => server.ledger.length > 2);
    server.revoke();
    expect(await ended).toBe('revoked');
  });

  test('when told to stop it lets runs end, and flushes what they found', async () => {
    let finish = (): void => undefined;
    server.setSchedule(assignments(1, 60_000));
    const measuring = new Promise<void>((resolve) => (finish = resolve));
    let started = false;
    const agent = start({
      clock: hastyClock(1000),
      measure: async () => {
        started = true;
        await measuring;
        return { startedAt: Date.now(), durationMs: 1, status: 'success', failure: null, metrics: {}, details: { late: true } };
      },
    });
    await eventually(() => started);
    const stopped = agent.stop();
    finish();
    expect(await stopped).toBe('stopped');
    expect(server.ledger.map(({ result }) => result.details)).toEqual([{ late: true }]);
  });

  test('a run that does not end in time is recorded as skipped when the agent stops', async () => {
    server.setSchedule(assignments(1, 60_000));
    let started = false;
    const agent = start({
      measure: (_order, signal) => {
        started = true;
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('ended'))));
      },
    });
    await eventually(() => started);
    await agent.stop();
    // Where the time for a last flush was too short, the next start delivers it.
    start();
    await eventually(() => server.ledger.length > 0);
    const [first] = server.ledger;
    expect([first?.result.status, first?.result.failure?.code]).toEqual(['skipped', 'agent_stopped']);
  });

  test('runs at most 32 measurements at once', async () => {
    let atOnce = 0;
    let most = 0;
    server.setSchedule(assignments(100, 60_000));
    start({
      measure: async () => {
        most = Math.max(most, ++atOnce);
        await new Promise((resolve) => setTimeout(resolve, 5));
        atOnce -= 1;
        return { startedAt: Date.now(), durationMs: 5, status: 'success', failure: null, metrics: {}, details: {} };
      },
    });
    await eventually(() => server.ledger.length === 100);
    expect(most).toBe(32);
  });

  test('a probe that throws is a failed result of the agent, and nothing else suffers', async () => {
    server.setSchedule(assignments(2, 60_000));
    start({ measure: async () => Promise.reject(new Error('bug')) });
    await eventually(() => server.ledger.length === 2);
    expect(server.ledger[0]?.result).toMatchObject({ status: 'failed', failure: { source: 'agent', code: 'internal', message: 'bug' } });
  });

  test('plans by the server where its own clock is a week off', async () => {
    await server.stop();
    const weekMs = 7 * 86_400_000;
    server = await new FakeServer({ heartbeatMs: 100, clockAheadMs: weekMs }).start();
    const since = Date.now() + weekMs;
    server.setSchedule(assignments(1, 60_000, since));
    start();
    await eventually(() => server.ledger.length === 1);
    expect(server.ledger[0]?.result.planned_at).toBe(since);
    expect(Math.abs((server.ledger[0]?.result.clock_offset_ms ?? 0) + weekMs)).toBeLessThan(5000);
  });

  test('killed at random moments, it loses nothing that it kept, and nothing arrives twice', async () => {
    const random = seededRandom(11);
    const program = fileURLToPath(new URL('../../test/support/agent-child.ts', import.meta.url));
    const kept = new Set<string>();
    server.setSchedule(assignments(8, 60));
    server.fault = (post) => (post % 7 === 3 ? 'drop_answer' : post % 7 === 5 ? 'drop' : null);
    const launch = (): ChildProcess => {
      const child = spawn(process.execPath, [program, '--server', server.url, '--dir', dirOf(), '--token', 'enrol-me'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      stops.push(async () => child.kill('SIGKILL'));
      return child;
    };
    const read = async (child: ChildProcess, onKept: () => void): Promise<void> => {
      if (child.stdout === null) return;
      for await (const line of createInterface({ input: child.stdout })) {
        // The last line of a killed process may be torn.
        if (!line.endsWith('}')) continue;
        const { msg, id } = JSON.parse(line) as { msg: string; id?: string };
        if (msg !== 'kept' || id === undefined) continue;
        kept.add(id);
        onKept();
      }
    };
    for (let round = 0; round < 5; round++) {
      const child = launch();
      let left = 5 + Math.floor(random() * 40);
      await read(child, () => {
        if (--left === 0) setTimeout(() => child.kill('SIGKILL'), random() * 30);
      });
      if (child.signalCode === null && child.exitCode === null) await once(child, 'exit');
      expect(child.signalCode).toBe('SIGKILL');
    }
    const last = launch();
    let enough = false;
    const reading = read(last, () => {
      if (enough) return;
      enough = true;
      setTimeout(() => last.kill('SIGTERM'), 300);
    });
    await reading;
    if (last.exitCode === null) await once(last, 'exit');
    expect(last.exitCode).toBe(0);
    const arrived = server.ledger.map(({ result }) => result.id ?? '');
    expect(kept.size).toBeGreaterThan(60);
    expect([...kept].filter((id) => !arrived.includes(id))).toEqual([]);
    expect(new Set(arrived).size).toBe(arrived.length);
    const seqs = server.ledger.map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.map((_, i) => i + 1));
    expect(new Set(server.ledger.map(({ epoch }) => epoch)).size).toBe(1);
  });
});
