import { describe, expect, test } from 'vitest';
import { jobStandingOf, type JobAgent, type JobFacts } from './job-state.ts';

const NOON = Date.UTC(2026, 10, 22, 12);
const HOUR = 3_600_000;
const online = (name: string): JobAgent => ({ name, state: 'online', lastSeenAt: NOON });
const offline = (name: string, lastSeenAt: number | null = NOON - HOUR): JobAgent => ({ name, state: 'offline', lastSeenAt });
const job = { enabled: true, start_time: null, end_time: null, agents: ['*'], destinations: ['tag:edge'] };
const facts = (change: Partial<JobFacts> = {}): JobFacts => ({
  job,
  nextRunAt: NOON + 60_000,
  isOpen: true,
  agents: [online('berlin')],
  needsDestinations: true,
  destinations: { selected: 1, active: 1 },
  series: 1,
  unable: [],
  pairs: 1,
  missing: [],
  ...change,
});
const unable = (agent: string) => ({ agent, kind: 'throughput', why: 'iperf3 is not installed' });

describe('the state of a job', () => {
  test.each<[string, Partial<JobFacts>, string, string]>([
    ['that does what is planned', {}, 'running', 'its runs are done as planned'],
    ['that is disabled', { job: { ...job, enabled: false }, series: 0 }, 'stopped', 'stopped by hand'],
    ['whose end is past', { job: { ...job, end_time: NOON } }, 'completed', 'its end was at 2026-11-22 12:00:00'],
    ['whose cron never comes again', { nextRunAt: null }, 'completed', 'no run is left in its plan'],
    ['that begins later', { job: { ...job, start_time: NOON + HOUR } }, 'scheduled', 'begins at 2026-11-22 13:00:00'],
    ['outside of its windows', { isOpen: false }, 'scheduled', 'outside of its windows until 2026-11-22 12:01:00'],
    ['without any agent', { agents: [], series: 0 }, 'error', 'there is no agent yet'],
    ['that no agent matches', { agents: [], job: { ...job, agents: ['a', 'label:b=c'] } }, 'error', 'no agent matches a, label:b=c'],
    ['that no destination matches', { series: 0, destinations: { selected: 0, active: 0 } }, 'error', 'no destination matches tag:edge'],
    ['whose destination is inactive', { series: 0, destinations: { selected: 1, active: 0 } }, 'error', 'its destination is inactive'],
    ['whose destinations are inactive', { series: 0, destinations: { selected: 4, active: 0 } }, 'error', 'all 4 destinations are inactive'],
    ['whose destinations do not fit', { series: 0, destinations: { selected: 4, active: 2 } }, 'error', 'none of its destinations fits its kinds'],
    ['that no agent can do', { unable: [unable('berlin')] }, 'error', 'no agent can measure it: throughput on berlin (iperf3 is not installed)'],
    [
      'that some agents cannot do',
      { agents: [online('berlin'), online('oslo')], pairs: 2, unable: [unable('oslo')] },
      'running',
      'cannot be measured everywhere: throughput on oslo (iperf3 is not installed)',
    ],
    ['whose agent is offline', { agents: [offline('oslo')] }, 'error', 'its agent oslo is offline since 2026-11-22 11:00:00'],
    ['whose agent never came', { agents: [offline('oslo', null)] }, 'error', 'its agent oslo is offline and never connected'],
    [
      'whose agents are all offline',
      { agents: [offline('oslo', NOON - 2 * HOUR), offline('berlin')] },
      'error',
      'all 2 agents are offline since 2026-11-22 11:00:00',
    ],
    ['some of whose agents are offline', { agents: [offline('oslo'), online('berlin')] }, 'running', '1 of 2 agents is offline: oslo'],
    [
      'of which runs are missing',
      {
        missing: [
          { what: 'ping of berlin to a', since: NOON - HOUR },
          { what: 'ping of berlin to b', since: NOON - 2 * HOUR },
          { what: 'c', since: NOON },
          { what: 'd', since: NOON },
          { what: 'e', since: NOON },
        ],
      },
      'error',
      'runs are missing since 2026-11-22 10:00:00: ping of berlin to a, ping of berlin to b, c, and 2 more',
    ],
    [
      'that begins later, although its agents are offline now',
      { job: { ...job, start_time: NOON + 1 }, agents: [offline('oslo')] },
      'scheduled',
      'begins at 2026-11-22 12:00:00',
    ],
    ['that begins later, and that nobody will do', { job: { ...job, start_time: NOON + HOUR }, agents: [] }, 'error', 'there is no agent yet'],
  ])('%s', (_what, change, state, reason) => {
    expect(jobStandingOf(facts(change), NOON)).toMatchObject({ state, state_reason: reason });
  });

  test('says when it runs next, unless it does not', () => {
    expect(jobStandingOf(facts(), NOON).next_run_at).toBe(NOON + 60_000);
    expect(jobStandingOf(facts({ job: { ...job, enabled: false } }), NOON).next_run_at).toBeNull();
    expect(jobStandingOf(facts({ job: { ...job, end_time: NOON - 1 } }), NOON).next_run_at).toBeNull();
  });
});
