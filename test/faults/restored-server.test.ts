import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { restoreBackup } from '../../src/server/backup/restore.ts';
import { openDataDirectory } from '../../src/server/data-directory.ts';
import { systemRandom } from '../../src/util/random.ts';
import { readSpool } from '../support/agent-program.ts';
import { Api } from '../support/api.ts';
import { keptIds, startChildAgent } from '../support/child-agent.ts';
import { freePort, until, type Program } from '../support/program.ts';
import { startServerProgram, tokenOf, type ServerProgram } from '../support/server-program.ts';

test(
  'an older server that is restored: what agents had forgotten is a gap, what waited arrives once, who is unknown says so',
  { timeout: 120_000 },
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tacho-restored-'));
    await using ending = new AsyncDisposableStack();
    ending.defer(() => rm(directory, { recursive: true, force: true }));
    const data = join(directory, 'server');
    const backup = join(directory, 'backup');
    const port = await freePort(systemRandom);
    const startServer = (): ServerProgram => {
      const program = startServerProgram({ data, port, env: { TACHO_HEARTBEAT_MS: '500' } });
      ending.defer(() => program.end());
      return program;
    };
    let server = startServer();
    const url = await server.ready;
    const api = new Api(url, tokenOf(data));
    const token = await api.enrolmentToken('fleet');
    const startAgent = (name: string): Program => {
      const program = startChildAgent({ server: url, dir: join(directory, name), name, token });
      ending.defer(() => program.end());
      return program;
    };
    const stored = async (): Promise<{ id: string; agent: string }[]> => api.all('/api/results');
    const online = (name: string) => async () => (await api.all('/api/agents')).some((agent) => agent.name === name && agent.state === 'online');
    const run = async (job: string): Promise<void> => {
      expect((await api.post(`/api/jobs/${job}/run`, {})).status).toBeLessThan(300);
    };
    /** Lets a job be measured once more by so many agents, until the results are stored. */
    const measure = async (job: string, agents: number): Promise<void> => {
      const before = (await stored()).length;
      await run(job);
      await until(`results of ${job}`, async () => (await stored()).length === before + agents);
    };

    const early = startAgent('early');
    await until('the agent', online('early'));
    await api.created('/api/destinations', { name: 'target', host: '127.0.0.1' });
    await api.created('/api/jobs', { name: 'first', interval: 3600, kinds: ['ping'], destinations: ['target'] });
    await until('the first run', async () => (await stored()).length === 1);
    for (let i = 0; i < 4; i++) await measure('first', 1);
    expect((await api.post('/api/backup', { directory: backup })).status).toBe(201);
    const inBackup = new Set((await stored()).map(({ id }) => id));
    expect(inBackup.size).toBe(5);

    // What comes after the backup: results that are acknowledged, another job, another agent.
    for (let i = 0; i < 3; i++) await measure('first', 1);
    const late = startAgent('late');
    await until('the other agent and its first run', async () => (await stored()).some(({ agent }) => agent === 'late'));
    const second = await api.created('/api/jobs', { name: 'second', interval: 3600, kinds: ['ping'], destinations: ['target'] });
    await until('first runs of the other job', async () => (await stored()).length === inBackup.size + 3 + 1 + 2);
    const acknowledged = new Set((await stored()).map(({ id }) => id));
    const gap = [...acknowledged].filter((id) => !inBackup.has(id));

    // Told to measure once more, and then without a server that would answer: these wait.
    const [keptEarly, keptLate] = [keptIds(early).length, keptIds(late).length];
    await Promise.all([run('first'), run('second')]);
    server.kill('SIGSTOP');
    await until('results that wait', () => keptIds(early).length === keptEarly + 2 && keptIds(late).length === keptLate + 2);
    await server.end('SIGKILL');
    const waiting = keptIds(early)
      .slice(keptEarly)
      .filter((id) => !acknowledged.has(id));
    expect(waiting).toHaveLength(2);

    const held = openDataDirectory(data);
    await restoreBackup({ from: backup, directory: held, replace: true, now: Date.now() });
    held.release();
    // The agents are held until another job has been made: it must not get the id under which results wait.
    for (const agent of [early, late]) agent.kill('SIGSTOP');
    server = startServer();
    await server.ready;
    const third = await api.created('/api/jobs', { name: 'third', enabled: false, interval: 3600, kinds: ['ping'], destinations: ['target'] });
    expect(third.id).toBeGreaterThan(second.id);
    for (const agent of [early, late]) agent.kill('SIGCONT');
    await until('the agent to be back and its spool to be empty', async () =>
      (await api.all('/api/agents')).some(({ name, state, spool }) => name === 'early' && state === 'online' && spool.pending === 0),
    );
    const after = (await stored()).map(({ id }) => id);
    expect(new Set(after).size, 'distinct results').toBe(after.length);
    // Of the two that waited one is of a job the restored server does not know: it is in the dead letter, with the reason.
    expect(after.filter((id) => inBackup.has(id)).length).toBe(inBackup.size);
    expect(
      after.filter((id) => gap.includes(id)),
      'what was acknowledged after the backup is gone',
    ).toEqual([]);
    expect(after.filter((id) => waiting.includes(id))).toHaveLength(1);
    expect(after).toHaveLength(inBackup.size + 1);
    expect(early.output()).toMatch(/"code":"unknown_reference"[^\n]*the server refused results; they are in the dead letter/);
    expect(await api.all('/api/results', { job: 'third' })).toEqual([]);
    await measure('first', 1);

    // The agent that enrolled after the backup: its credential means nothing here. It says so and goes on measuring.
    await late.printed(/"code":401,[^\n]*not connected to the server; measuring goes on/);
    await late.printed(/"status":401,[^\n]*the server refuses this credential; results wait/);
    expect(late.running).toBe(true);
    expect((await api.all('/api/agents')).map(({ name }) => name)).toEqual(['early']);
    await Promise.all([early.end('SIGTERM'), late.end('SIGTERM')]);
    const [spoolEarly, spoolLate] = [await readSpool(join(directory, 'early')), await readSpool(join(directory, 'late'))];
    expect({ ...spoolEarly, pending: spoolEarly.pending.size }).toMatchObject({ pending: 0, dropped: 0, dead: 1, lastSeq: keptIds(early).length });
    expect([...spoolLate.pending.values()], 'what the unknown agent measured still waits').toEqual(keptIds(late).slice(keptLate));
    console.info(
      `${inBackup.size} results in the backup, ${gap.length} acknowledged after it are gone; of ${waiting.length} that waited 1 arrived once and 1 is refused; the unknown agent keeps ${spoolLate.pending.size}`,
    );
  },
);
