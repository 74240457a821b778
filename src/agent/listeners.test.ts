import { beforeEach, describe, expect, test } from 'vitest';
import { FakeLeaseLink } from '../../test/support/fake-lease-link.ts';
import { ManualClock, settle } from '../../test/support/manual-clock.ts';
import { TachoError } from '../model/errors.ts';
import { LEASE_AGENT_GRACE_MS } from '../protocol/messages.ts';
import { Listeners, type Listen } from './listeners.ts';
import { silentLog } from './log.ts';
import { RulePolicy } from './policy/policy.ts';
import { defaultRules } from './policy/rules.ts';

const NOW = Date.UTC(2026, 10, 22);

let clock: ManualClock;
let link: FakeLeaseLink;
/** Ports on which something listens, with what ends it as its run would. */
let open: Map<number, () => void>;
let taken: Set<number>;

beforeEach(() => {
  clock = new ManualClock(NOW);
  link = new FakeLeaseLink(clock);
  open = new Map();
  taken = new Set();
});

const listen: Listen = ({ port }, signal) => {
  if (taken.has(port)) return Promise.reject(new TachoError('conflict', `port ${port} is taken`));
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      open.delete(port);
      resolve();
    };
    open.set(port, end);
    signal.addEventListener('abort', end);
  });
  return Promise.resolve({ port, ended });
};
const policyOf = (ports: { port_from: number; port_to: number } | null): RulePolicy =>
  new RulePolicy({ ...defaultRules, listening: ports === null ? null : { portFrom: ports.port_from, portTo: ports.port_to, from: null } });
const listeners = (ports: { port_from: number; port_to: number } | null = { port_from: 5201, port_to: 5203 }, how = listen): Listeners =>
  new Listeners({ clock, now: () => clock.now(), link, policy: () => policyOf(ports), listen: how, log: silentLog });
const order = (lease: string, change: object = {}) => ({
  ...{ type: 'listen' as const, lease, kind: 'throughput', spec: {}, expires_at: NOW + 60_000 },
  ...change,
});

describe('a listener for another agent', () => {
  test('takes a port of the range, and says when nothing of it is left', async () => {
    const all = listeners();
    all.listen(order('a'));
    await settle();
    expect(link.sent).toEqual([{ type: 'listening', lease: 'a', port: 5201 }]);
    open.get(5201)?.();
    await settle();
    expect(link.said()).toEqual(['listening a', 'listen_ended a']);
  });

  test('ends when the server says so; where there is none, that is said', async () => {
    const all = listeners();
    all.listen(order('a'));
    await settle();
    all.unlisten('a');
    await settle();
    expect(open.size).toBe(0);
    all.unlisten('unknown');
    expect(link.said()).toEqual(['listening a', 'listen_ended a', 'listen_ended unknown']);
  });

  test('takes the next port where one is taken, and says so where all are', async () => {
    taken.add(5201).add(5202);
    const all = listeners();
    all.listen(order('a'));
    await settle();
    expect(link.sent).toMatchObject([{ type: 'listening', port: 5203 }]);
    taken.add(5203);
    all.listen(order('b'));
    await settle();
    expect(link.sent[1]).toMatchObject({ type: 'listen_failed', lease: 'b', code: 'conflict', message: expect.stringContaining('5201 to 5203') });
  });

  test.each([
    ['without ports of its own', null, {}, 'this agent listens for nobody'],
    ['for a kind that does not listen', { port_from: 1, port_to: 2 }, { kind: 'ping' }, 'ping'],
    ['with options that do not fit', { port_from: 1, port_to: 2 }, { spec: { duration_s: -1 } }, 'duration_s'],
  ])('is refused %s', async (_title, ports, change, words) => {
    listeners(ports).listen(order('a', change));
    await settle();
    expect(link.sent).toMatchObject([{ type: 'listen_failed', code: 'refused_by_policy', message: expect.stringContaining(words) }]);
    expect(open.size).toBe(0);
  });

  test('that cannot be started is said in words', async () => {
    listeners(undefined, () => Promise.reject(new TachoError('unavailable', 'cannot listen: iperf3 is not installed'))).listen(order('a'));
    await settle();
    expect(link.sent).toMatchObject([{ type: 'listen_failed', code: 'unavailable', message: 'cannot listen: iperf3 is not installed' }]);
  });

  test('ends by itself at the end of its time, and when the server falls silent', async () => {
    const all = listeners();
    all.listen(order('a', { expires_at: NOW + 20_000 }));
    await clock.advance(19_999);
    expect(open.size).toBe(1);
    await clock.advance(1);
    expect(open.size).toBe(0);
    all.listen(order('b'));
    await settle();
    link.answers = false;
    await clock.advance(LEASE_AGENT_GRACE_MS - 1);
    expect(open.size).toBe(1);
    await clock.advance(2);
    expect(open.size).toBe(0);
  });

  test('is not told to stay longer than its run can take', async () => {
    listeners().listen(order('a', { spec: { duration_s: 1 }, expires_at: NOW + 86_400_000 }));
    await clock.advance(120_000);
    expect(open.size).toBe(0);
  });

  test('is refused where more are asked for than leases ever need, and no program is started for those', async () => {
    let started = 0;
    const counting: Listen = (order, signal) => {
      started += 1;
      return listen(order, signal);
    };
    const all = listeners({ port_from: 1, port_to: 65_535 }, counting);
    for (let i = 0; i < 3000; i += 1) all.listen(order(`l${i}`));
    await settle();
    expect([started, open.size]).toEqual([4, 4]);
    expect(link.sent.filter(({ type }) => type === 'listen_failed')).toHaveLength(2996);
    // One after the other: what each start costs is bounded, too.
    for (let i = 0; i < 3000; i += 1) {
      [...open.values()].forEach((end) => end());
      await settle();
      all.listen(order(`m${i}`));
      await settle();
    }
    expect(started).toBe(600);
  });

  test('ends when the policy does not let it go on any more', async () => {
    let ports: { port_from: number; port_to: number } | null = { port_from: 5201, port_to: 5203 };
    const all = new Listeners({ clock, now: () => clock.now(), link, policy: () => policyOf(ports), listen, log: silentLog });
    all.listen(order('a'));
    await settle();
    all.policyChanged();
    await settle();
    expect(open.size).toBe(1);
    ports = { port_from: 6000, port_to: 6001 };
    all.policyChanged();
    await settle();
    expect([open.size, link.said()]).toEqual([0, ['listening a', 'listen_ended a']]);
    all.listen(order('b'));
    await settle();
    ports = null;
    all.policyChanged();
    await settle();
    expect(open.size).toBe(0);
  });

  test('ends before the agent does', async () => {
    const all = listeners();
    all.listen(order('a'));
    all.listen(order('b'));
    await settle();
    await all.stop();
    expect(open.size).toBe(0);
  });
});
