import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { liveMessage } from '../../../src/protocol/live.ts';
import { posted, startTestServer, type EnrolledAgent, type TestServer } from '../../support/server.ts';

const MINUTE = 60_000;
let server: TestServer;
let agent: EnrolledAgent;
let job: { id: number; since: string };

interface Run {
  readonly run: string | null;
  readonly planned_at: string | null;
  readonly status: string;
  readonly result: string | null;
  readonly late_possible: boolean;
}

beforeAll(async () => {
  server = await startTestServer();
  server.clock.freeze();
  await server.request('POST', '/api/destinations', { json: { name: 'loopback', host: '127.0.0.1' } });
  agent = await server.agent('measurer');
  job = (await server.request('POST', '/api/jobs', { json: { name: 'planned', interval: 60, kinds: ['ping'], destinations: ['loopback'] } }))
    .json as typeof job;
  server.clock.pass(60 * MINUTE);
});
afterAll(async () => server.close());

const runs = async (query = ''): Promise<{ items: Run[]; next: string | null }> =>
  (await server.request('GET', `/api/jobs/planned/runs${query}`)).json as { items: Run[]; next: string | null };
const report = (run: Run, json: Record<string, unknown> = {}) =>
  server.request('POST', '/api/results', {
    token: agent.credential,
    json: {
      results: [
        posted({
          agent: agent.name,
          job: job.id,
          destination: 'loopback',
          run: run.run,
          planned_at: run.planned_at,
          started_at: run.planned_at,
          ...json,
        }),
      ],
    },
  });

describe('the runs of a job', () => {
  test('are missing where an agent is silent, beginning with the first', async () => {
    const { items } = await runs('?hours=2&limit=1000');
    expect(items.at(-1)?.planned_at).toBe(job.since);
    expect(items.length).toBeGreaterThanOrEqual(60);
    expect(new Set(items.map(({ status }) => status))).toEqual(new Set(['missing', 'pending']));
  });

  test('show what was reported, and a real result over a skipped one', async () => {
    const { items } = await runs('?status=missing');
    const [a, b] = items.slice(5) as [Run, Run];
    await report(a);
    await report(b, { status: 'skipped', failure: { source: 'agent', code: 'budget_exceeded', message: 'no more megabytes today' } });
    const of = async (run: Run): Promise<Run | undefined> => (await runs('?limit=1000')).items.find((one) => one.run === run.run);
    expect(await of(a)).toMatchObject({ status: 'success', late_possible: false });
    expect(await of(b)).toMatchObject({ status: 'skipped', failure: { code: 'budget_exceeded' } });
    await report(b);
    expect(await of(b)).toMatchObject({ status: 'success' });
  });

  test('are heard live when they come to an end, those that a listener asked for', async () => {
    const all = await server.live({ query: '?topics=runs&job=planned' });
    const others = await server.live({ query: '?topics=runs&status=missing' });
    await all.next('hello');
    const [, , run] = (await runs('?status=missing')).items as [Run, Run, Run];
    await report(run, { status: 'timeout', failure: { source: 'target', code: 'no_reply', message: 'no reply' } });
    const heard = await all.next('runs');
    expect(liveMessage.safeParse(heard).success).toBe(true);
    expect(heard['items']).toEqual([
      { run: run.run, job_id: job.id, agent_id: agent.id, destination_id: 1, kind: 'ping', planned_at: run.planned_at, status: 'timeout' },
    ]);
    expect(others.unread).not.toContain('runs');
    all.socket.terminate();
    others.socket.terminate();
  });

  test('make the state of the job, which is told with its reason', async () => {
    const shown = async () => (await server.request('GET', '/api/jobs/planned')).json as { state: string; state_reason: string; next_run_at: string };
    expect(await shown()).toMatchObject({ state: 'error', state_reason: expect.stringContaining('its agent measurer is offline') as string });
    const control = await server.control(agent.credential);
    expect(await shown()).toMatchObject({ state: 'running' });
    expect(Date.parse((await shown()).next_run_at)).toBeGreaterThanOrEqual(server.clock.now());
    control.socket.close();
    await control.closed;
  });

  test('are counted the same as they are listed', async () => {
    const range = `from=${job.since}&to=${new Date(server.clock.now()).toISOString()}`;
    const listed = (await runs(`?${range}&limit=1000`)).items;
    const summary = (await server.request('GET', `/api/jobs/planned/runs/summary?${range}&bucket=15m`)).json as Record<string, unknown>;
    const count = (status: string): number => listed.filter((run) => run.status === status).length;
    expect(summary).toMatchObject({ planned: listed.length, success: count('success'), missing: count('missing'), pending: count('pending') });
    expect(summary['items']).toMatchObject([{ agent: 'measurer', destination: 'loopback', kind: 'ping', planned: listed.length }]);
    const buckets = summary['buckets'] as { planned: number }[];
    expect(buckets.reduce((sum, { planned }) => sum + planned, 0)).toBe(listed.length);
  });

  test('come page by page', async () => {
    const all = (await runs('?hours=2&limit=1000')).items;
    const paged: Run[] = [];
    for (let after = ''; ;) {
      const { items, next } = await runs(`?hours=2&limit=7&to=${new Date(server.clock.now()).toISOString()}${after}`);
      paged.push(...items);
      if (next === null) break;
      after = `&after=${next}`;
    }
    expect(paged.map(({ run }) => run)).toEqual(expect.arrayContaining(all.map(({ run }) => run)));
    expect(new Set(paged.map(({ run }) => run)).size).toBe(paged.length);
  });

  test('outside of the plan are shown when they are asked for', async () => {
    await report({ run: null, planned_at: null } as Run, { started_at: new Date(server.clock.now() - MINUTE).toISOString() });
    expect((await runs('?limit=1000')).items.filter(({ run }) => run === null)).toEqual([]);
    expect((await runs('?limit=1000&unplanned=true')).items.filter(({ run }) => run === null)).toMatchObject([
      { planned_at: null, status: 'success' },
    ]);
  });

  test('end when the job is stopped, and are still there when it has been removed', async () => {
    await server.request('POST', '/api/jobs/planned/stop');
    server.clock.pass(30 * MINUTE);
    const { items } = await runs('?status=pending');
    expect(items).toEqual([]);
    const before = (await runs('?limit=1000')).items.length;
    await server.request('DELETE', '/api/jobs/planned');
    const after = (await server.request('GET', `/api/jobs/${job.id}/runs?limit=1000`)).json as { items: Run[] };
    expect(after.items).toHaveLength(before);
  });
});
