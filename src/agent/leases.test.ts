import { beforeEach, describe, expect, test } from 'vitest';
import { FakeLeaseLink } from '../../test/support/fake-lease-link.ts';
import { ManualClock, settle } from '../../test/support/manual-clock.ts';
import { LEASE_AGENT_GRACE_MS } from '../protocol/messages.ts';
import { LeaseFailure, Leases } from './leases.ts';
import { silentLog } from './log.ts';

const NOW = Date.UTC(2026, 10, 22);
const order = { jobId: 1, kind: 'throughput', destinationId: 7, deadline: NOW + 60_000 };

let clock: ManualClock;
let link: FakeLeaseLink;
let leases: Leases;
const never = new AbortController().signal;
const granted = (lease: string, port: number | null = null) => ({ type: 'lease_granted' as const, lease, expires_at: NOW + 90_000, port });
const refused = (lease: string) => ({ type: 'lease_refused' as const, lease, code: 'peer_offline' as const, message: 'gone' });
/** What became of a run, in a word. */
const outcome = (run: Promise<unknown>): Promise<unknown> =>
  run.catch((error: unknown) => (error instanceof LeaseFailure ? error.code : String(error)));
/** Work that goes on until it is ended from outside. */
const endless = (_port: number | null, signal: AbortSignal): Promise<string> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));

beforeEach(() => {
  clock = new ManualClock(NOW);
  link = new FakeLeaseLink(clock);
  let keys = 0;
  leases = new Leases({ clock, now: () => clock.now(), link, makeKey: () => `k${(keys += 1)}`, log: silentLog });
});

describe('a run that must be alone', () => {
  test('is asked for, works with the port of the grant, and is given back', async () => {
    const run = leases.alone(order, never, async (port) => {
      expect(leases.held()).toEqual(['k1']);
      return Promise.resolve(port);
    });
    await settle();
    expect(link.sent[0]).toMatchObject({
      type: 'lease_request',
      lease: 'k1',
      job_id: 1,
      kind: 'throughput',
      destination_id: 7,
      deadline: NOW + 60_000,
    });
    leases.hear(granted('k1', 5203));
    expect(await run).toBe(5203);
    expect(link.said()).toEqual(['lease_request k1', 'lease_release k1']);
    expect(leases.held()).toEqual([]);
  });

  test('gives its lease back where the work fails', async () => {
    const run = leases.alone(order, never, () => Promise.reject(new Error('broken')));
    await settle();
    leases.hear(granted('k1'));
    await expect(run).rejects.toThrow('broken');
    expect(link.said()).toContain('lease_release k1');
  });

  test('does not happen where it is refused', async () => {
    const run = outcome(leases.alone(order, never, endless));
    await settle();
    leases.hear(refused('k1'));
    expect(await run).toBe('lease_peer_offline');
  });

  test('is given up at its deadline, which the server is told', async () => {
    const run = outcome(leases.alone(order, never, endless));
    await clock.advance(60_000);
    expect(await run).toBe('lease_deadline');
    expect(link.said()).toEqual(['lease_request k1', 'lease_release k1']);
  });

  test('waits an hour at most, whatever its deadline', async () => {
    const run = outcome(leases.alone({ ...order, deadline: Infinity }, never, endless));
    await settle();
    expect(link.sent[0]).toMatchObject({ deadline: NOW + 3_600_000 });
    leases.hear(refused('k1'));
    await run;
  });

  test('does not happen where the server stays away, but bears a short absence', async () => {
    link.connected = false;
    const run = outcome(leases.alone(order, never, async () => Promise.resolve('measured')));
    await clock.advance(LEASE_AGENT_GRACE_MS - 1);
    link.connected = true;
    leases.connected();
    leases.hear(granted('k2'));
    expect(await run).toBe('measured');
    link.connected = false;
    const again = outcome(leases.alone(order, never, endless));
    await clock.advance(LEASE_AGENT_GRACE_MS);
    expect(await again).toBe('lease_unavailable');
  });

  test('asks again under another key on a new connection', async () => {
    const run = outcome(leases.alone(order, never, async () => Promise.resolve('measured')));
    await settle();
    leases.connected();
    expect(link.said()).toEqual(['lease_request k1', 'lease_request k2']);
    leases.hear(granted('k1'));
    expect(link.said(), 'nobody waits for the old one').toEqual(['lease_release k1']);
    leases.hear(granted('k2'));
    expect(await run).toBe('measured');
  });

  test('is ended when the server was not heard for the grace, and goes on while it is heard', async () => {
    const run = outcome(leases.alone(order, never, endless));
    await settle();
    leases.hear(granted('k1'));
    await clock.advance(5 * LEASE_AGENT_GRACE_MS);
    expect(leases.held()).toEqual(['k1']);
    link.answers = false;
    await clock.advance(LEASE_AGENT_GRACE_MS - 2001);
    expect(leases.held()).toEqual(['k1']);
    await clock.advance(2001);
    expect(await run).toBe('lease_lost');
    expect(leases.held()).toEqual([]);
  });

  test('does not begin on a grant that was long on its way', async () => {
    const run = outcome(leases.alone(order, never, async () => Promise.resolve('measured')));
    await settle();
    link.answers = false;
    await clock.advance(LEASE_AGENT_GRACE_MS);
    leases.hear(granted('k1'));
    expect(await run).toBe('lease_lost');
  });

  test('is ended when the server says that the lease is no longer held', async () => {
    const run = outcome(leases.alone(order, never, endless));
    await settle();
    leases.hear(granted('k1'));
    await settle();
    leases.hear({ ...refused('k1'), code: 'not_possible' });
    expect(await run).toBe('lease_lost');
  });

  test('ends with the agent, while it waits and while it measures', async () => {
    const stopping = new AbortController();
    const measuring = outcome(leases.alone(order, stopping.signal, endless));
    const waiting = outcome(leases.alone(order, stopping.signal, endless));
    await settle();
    leases.hear(granted('k1'));
    await settle();
    stopping.abort(new Error('stopping'));
    expect(await Promise.all([measuring, waiting])).toEqual(['Error: stopping', 'Error: stopping']);
    expect(link.said().slice(2).sort()).toEqual(['lease_release k1', 'lease_release k2']);
  });
});
