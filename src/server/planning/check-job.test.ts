import { describe, expect, test } from 'vitest';
import { TachoError, type Problem } from '../../model/errors.ts';
import { checkJob } from './check-job.ts';

const destination = (id: number, name: string, host: string) => ({
  ...{ id, name, host, display_name: null, description: null, tags: ['edge'], status: 'active' as const },
  ...{ external: false, created_at: 0, agent_id: null, declared_by: null },
});
const agent = {
  ...{ id: 7, name: 'berlin', labels: {}, version: null, platform: null, address: null, capabilities: {}, spool: null, clockOffsetMs: null },
  ...{ external: false, createdAt: 0, lastSeenAt: null, revokedAt: null, budgetMbPerDay: null, advertise: null, listening: null },
};
const plan = {
  agents: new Map([[7, agent]]),
  destinations: [destination(1, 'site', 'https://example.test/'), destination(2, 'router', '192.0.2.1')],
};
const problems = (body: unknown): string[] => {
  try {
    checkJob(body, plan);
    return [];
  } catch (error) {
    if (!(error instanceof TachoError)) throw error;
    return (error.details as Problem[]).map(({ path, message }) => `${path}: ${message}`);
  }
};
const good = { name: 'edge', interval: 60, kinds: ['ping'], destinations: ['site'] };

describe('a job that is saved', () => {
  test('is taken where all is right', () => {
    expect(checkJob({ ...good, agents: ['berlin', '7', 'label:any=thing'], destinations: ['site', '2', 'tag:none'] }, plan)).toMatchObject({
      name: 'edge',
    });
  });

  test('names every problem at once: of its fields, between them, of its options and of what it names', () => {
    const found = problems({
      ...{
        name: '12',
        interval: 5,
        cron: '* * * * *',
        kinds: ['ping', 'dns'],
        destinations: ['site', 'nowhere', 'router'],
        agents: ['berlin', 'paris'],
      },
      ...{ start_time: '2026-12-02', end_time: '2026-12-01', options: { ping: { count: 0, colour: 'red' }, http: {} } },
    });
    for (const expected of [
      'name: invalid name',
      'interval: invalid interval: expected at least 60 s, got 5 s',
      'cron: invalid cron: expected either interval or cron, got both',
      'end_time: invalid end_time: expected an instant after start_time',
      'options.ping.count: ',
      'options.ping: ',
      'options.http: unused: expected options only for ping, dns',
      'destinations[1]: no destination is called or numbered "nowhere"',
      'agents[1]: no agent is called or numbered "paris"',
    ]) {
      expect(found).toEqual(expect.arrayContaining([expect.stringContaining(expected)]));
    }
  });

  test('may name a destination that fits some of its kinds, but none that fits no kind', () => {
    expect(problems({ ...good, kinds: ['ping', 'dns'], destinations: ['router'] })).toEqual([]);
    expect(problems({ ...good, kinds: ['dns', 'system'], destinations: ['site', 'router'] })).toEqual([
      'destinations[1]: dns cannot measure "router": expected a name, got the address "192.0.2.1"',
    ]);
    expect(problems({ ...good, kinds: ['dns'], destinations: ['router'], options: { dns: { name: 'example.test' } } })).toEqual([]);
  });

  test('says what is missing', () => {
    expect(problems({ name: 'x' })).toEqual([
      'interval: missing interval: expected seconds between runs, or cron',
      'kinds: missing kinds: expected at least one',
    ]);
    expect(problems({ ...good, destinations: [] })).toEqual(['destinations: missing: expected at least one destination for ping']);
    expect(problems({ ...good, destinations: [], mesh: { type: 'full' } })).toEqual([]);
    expect(problems({ ...good, kinds: ['system'], destinations: [] })).toEqual([]);
  });

  test.each([[null], [[]], ['text'], [undefined]])('%j is no job', (body) => {
    expect(problems(body)).not.toEqual([]);
  });
});
