import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LEASE_SERVER_GRACE_MS } from '../../protocol/messages.ts';
import { LeaseBroker, LISTEN_WAIT_MS, type LeaseAction, type LeaseAsk } from './broker.ts';
import { leaseResources } from './resources.ts';

type Ask = LeaseAsk<null>;
const ask = (key: string, agentId: number, change: Partial<Ask> = {}): Ask => ({
  ...{ key, agentId, peerId: null, resources: [`agent:${agentId}`], deadline: 60_000, holdMs: 30_000, facts: null },
  ...change,
});
const said = (actions: readonly LeaseAction<null>[]): string[] =>
  actions.map((action) => `${action.type} ${action.lease.key}${action.type === 'refuse' ? ` ${action.code}` : ''}`);
const newBroker = (): LeaseBroker<null> => new LeaseBroker<null>();

describe('a lease', () => {
  test('is granted at once where nobody is in the way', () => {
    expect(said(newBroker().request(ask('a', 1), 0))).toEqual(['grant a']);
  });

  test('waits for what another holds, and comes when that is given back', () => {
    const broker = newBroker();
    broker.request(ask('a', 1, { resources: ['agent:1', 'destination:9'] }), 0);
    expect(said(broker.request(ask('b', 2, { resources: ['agent:2', 'destination:9'] }), 1))).toEqual([]);
    expect(broker.blockersOf('b')).toEqual(['destination:9']);
    expect(said(broker.release('a', 2))).toEqual(['free a', 'grant b']);
  });

  test('is not passed by a younger one that wants what it waits for, but by one that shares nothing with it', () => {
    const broker = newBroker();
    broker.request(ask('held', 1, { resources: ['x'] }), 0);
    broker.request(ask('old', 2, { resources: ['x', 'y'] }), 1);
    expect(said(broker.request(ask('young', 3, { resources: ['y'] }), 2))).toEqual([]);
    expect(said(broker.request(ask('other', 4, { resources: ['z'] }), 3))).toEqual(['grant other']);
    expect(said(broker.release('held', 4))).toEqual(['free held', 'grant old']);
    expect(said(broker.release('old', 5))).toEqual(['free old', 'grant young']);
  });

  test('is refused at its deadline, and those behind it move on', () => {
    const broker = newBroker();
    broker.request(ask('held', 1, { resources: ['x'] }), 0);
    broker.request(ask('old', 2, { resources: ['x', 'y'], deadline: 100 }), 1);
    broker.request(ask('young', 3, { resources: ['y'] }), 2);
    expect(said(broker.tick(99))).toEqual([]);
    expect(said(broker.tick(100))).toEqual(['refuse old deadline', 'grant young']);
  });

  test('that is not given back ends by itself', () => {
    const broker = newBroker();
    broker.request(ask('a', 1, { holdMs: 500 }), 0);
    expect(said(broker.tick(499))).toEqual([]);
    expect(broker.tick(500)).toMatchObject([{ type: 'free', expired: true }]);
  });

  test('given up while it waits is forgotten; asking twice under one key changes nothing', () => {
    const broker = newBroker();
    broker.request(ask('a', 1), 0);
    broker.request(ask('b', 1), 1);
    expect(broker.request(ask('b', 1), 2)).toEqual([]);
    expect(broker.list().map(({ key }) => key)).toEqual(['a', 'b']);
    broker.release('b', 3);
    expect(said(broker.release('a', 4))).toEqual(['free a']);
  });
});

describe('a lease with a listener', () => {
  const listening = (): LeaseBroker<null> => {
    const broker = newBroker();
    expect(said(broker.request(ask('a', 1, { peerId: 2, resources: ['agent:1', 'agent:2'] }), 0))).toEqual(['listen a']);
    return broker;
  };

  test('is granted with the port, and is free only when the listener has gone', () => {
    const broker = listening();
    const [grant] = broker.listening('a', 5201, 10);
    expect(grant).toMatchObject({ type: 'grant', lease: { port: 5201 } });
    broker.request(ask('b', 2), 20);
    expect(said(broker.release('a', 30))).toEqual(['unlisten a']);
    expect(said(broker.listenerEnded('a', 40))).toEqual(['free a', 'grant b']);
  });

  test('whose listener went with its run is free at once', () => {
    const broker = listening();
    broker.listening('a', 5201, 10);
    expect(said(broker.listenerEnded('a', 20))).toEqual([]);
    expect(said(broker.release('a', 30))).toEqual(['free a']);
  });

  test('is refused where the other end cannot listen, does not answer, or goes away', () => {
    expect(said(listening().refuse('a', { code: 'listen_failed', message: '', listenerOver: true }, 1))).toEqual([
      'refuse a listen_failed',
      'free a',
    ]);
    const silent = listening();
    expect(said(silent.tick(LISTEN_WAIT_MS))).toEqual(['refuse a listen_failed', 'unlisten a']);
    expect(said(listening().agentLost(2, 5))).toEqual(['refuse a peer_offline', 'unlisten a']);
  });

  test('given up before the listener is there is not granted any more', () => {
    const broker = listening();
    expect(said(broker.release('a', 5))).toEqual(['unlisten a']);
    expect(broker.listening('a', 5201, 6)).toEqual([]);
  });

  test('waits for a listener that is cut off until that has ended itself for sure', () => {
    const broker = listening();
    broker.listening('a', 5201, 10);
    broker.agentLost(2, 100);
    expect(said(broker.release('a', 200))).toEqual(['unlisten a']);
    expect(said(broker.tick(100 + LEASE_SERVER_GRACE_MS - 1))).toEqual([]);
    expect(said(broker.tick(100 + LEASE_SERVER_GRACE_MS))).toEqual(['free a']);
  });

  test('tells the listener again to end when its agent is back', () => {
    const broker = listening();
    broker.listening('a', 5201, 10);
    broker.release('a', 20);
    broker.agentLost(2, 30);
    expect(said(broker.agentBack(2, new Set(), 40))).toEqual(['unlisten a']);
  });
});

describe('an agent that goes away', () => {
  test('keeps its lease for the grace, and loses it then', () => {
    const broker = newBroker();
    broker.request(ask('a', 1), 0);
    expect(said(broker.agentLost(1, 1000))).toEqual([]);
    expect(said(broker.tick(1000 + LEASE_SERVER_GRACE_MS - 1))).toEqual([]);
    expect(said(broker.tick(1000 + LEASE_SERVER_GRACE_MS))).toEqual(['free a']);
  });

  test('goes on with the lease that it names when it is back, and loses the one it does not name at once', () => {
    const broker = newBroker();
    broker.request(ask('a', 1), 0);
    broker.request(ask('b', 1, { resources: ['else'] }), 0);
    broker.agentLost(1, 1000);
    expect(said(broker.agentBack(1, new Set(['a']), 2000))).toEqual(['free b']);
    expect(said(broker.tick(2000 + LEASE_SERVER_GRACE_MS))).toEqual([]);
  });

  test('waits for nothing any more', () => {
    const broker = newBroker();
    broker.request(ask('held', 2, { resources: ['x'] }), 0);
    broker.request(ask('a', 1, { resources: ['x'] }), 1);
    broker.agentLost(1, 2);
    expect(said(broker.release('held', 3))).toEqual(['free held']);
  });
});

test('what was held when the server ended is held until its agent says otherwise, or stays away', () => {
  const broker = newBroker();
  broker.restore([ask('a', 1), ask('b', 2), ask('c', 3)], 0);
  expect(said(broker.request(ask('d', 4, { resources: ['agent:1', 'agent:2'] }), 1))).toEqual([]);
  expect(said(broker.agentBack(1, new Set(['a']), 2))).toEqual([]);
  expect(said(broker.agentBack(2, new Set(), 3))).toEqual(['free b']);
  expect(said(broker.tick(LEASE_SERVER_GRACE_MS))).toEqual(['free c']);
  expect(said(broker.release('a', LEASE_SERVER_GRACE_MS + 1))).toEqual(['free a', 'grant d']);
});

test('the resources of a run are both ends, the destination and every uplink', () => {
  expect(leaseResources({ id: 1, labels: { uplink: 'dsl' } }, null, null)).toEqual(['agent:1', 'uplink:dsl']);
  expect(leaseResources({ id: 1, labels: { uplink: 'dsl' } }, { id: 2, labels: { uplink: 'dsl' } }, 7)).toEqual([
    'agent:1',
    'agent:2',
    'destination:7',
    'uplink:dsl',
  ]);
  expect(leaseResources({ id: 1, labels: { uplink: '' } }, { id: 2, labels: {} }, 7)).toEqual(['agent:1', 'agent:2', 'destination:7']);
});

describe('whatever happens', () => {
  const agents = [1, 2, 3, 4, 5];
  const agentId = fc.constantFrom(...agents);
  const event = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('request' as const),
        agent: agentId,
        peer: fc.option(agentId),
        destination: fc.nat(3),
        waitMs: fc.nat(40_000),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constantFrom('release' as const, 'listening' as const, 'listener_ended' as const, 'listen_failed' as const),
        pick: fc.nat(100),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('lost' as const, 'back' as const, 'claim' as const), agent: agentId }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.nat(12_000) }) },
  );

  test('never two have the same, nobody passes an older one that he conflicts with, and everybody is answered', () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 120 }), (events) => {
        const broker = newBroker();
        const away = new Set<number>();
        /** In the order they asked: all that were neither answered nor given up. */
        const waiting = new Map<string, Ask>();
        const served = new Set<string>();
        let now = 0;
        let count = 0;
        const share = (a: Ask, b: Ask): boolean => a.resources.some((resource) => b.resources.includes(resource));
        const note = (actions: readonly LeaseAction<null>[]): void => {
          for (const { type, lease } of actions) {
            if (type === 'refuse') waiting.delete(lease.key);
            if (type !== 'listen' && (type !== 'grant' || served.has(lease.key))) continue;
            served.add(lease.key);
            for (const [key, older] of waiting) {
              if (key === lease.key) break;
              expect(share(older, lease), `${lease.key} passed ${key}`).toBe(false);
            }
            waiting.delete(lease.key);
          }
        };
        const forget = (agent: number): void => {
          for (const [key, { agentId: whose }] of waiting) if (whose === agent) waiting.delete(key);
        };
        for (const one of events) {
          const all = broker.list();
          const picked = 'pick' in one ? all[one.pick % Math.max(1, all.length)] : undefined;
          if (one.do === 'request' && !away.has(one.agent)) {
            const peerId = one.peer === one.agent ? null : one.peer;
            const resources = leaseResources({ id: one.agent, labels: {} }, peerId === null ? null : { id: peerId, labels: {} }, one.destination);
            const asked = ask(`${one.agent}/${(count += 1)}`, one.agent, { peerId, resources, deadline: now + one.waitMs, holdMs: 20_000 });
            waiting.set(asked.key, asked);
            note(broker.request(asked, now));
          } else if (one.do === 'release' && picked !== undefined) {
            waiting.delete(picked.key);
            note(broker.release(picked.key, now));
          } else if (one.do === 'listening' && picked !== undefined) note(broker.listening(picked.key, 5201, now));
          else if (one.do === 'listener_ended' && picked !== undefined) note(broker.listenerEnded(picked.key, now));
          else if (one.do === 'listen_failed' && picked !== undefined)
            note(broker.refuse(picked.key, { code: 'listen_failed', message: '', listenerOver: true }, now));
          else if (one.do === 'lost') {
            away.add(one.agent);
            forget(one.agent);
            note(broker.agentLost(one.agent, now));
          } else if (one.do === 'back' || one.do === 'claim') {
            away.delete(one.agent);
            forget(one.agent);
            const own = one.do === 'back' ? [] : all.filter(({ agentId: whose, phase }) => whose === one.agent && phase === 'held');
            note(broker.agentBack(one.agent, new Set(own.map(({ key }) => key)), now));
          } else if (one.do === 'pass') {
            now += one.ms;
            note(broker.tick(now));
          }
          const taken = broker.list().filter(({ phase }) => phase !== 'waiting');
          const resources = taken.flatMap((lease) => lease.resources);
          expect(new Set(resources).size, 'a resource that two have').toBe(resources.length);
          for (const { key, deadline } of waiting.values()) {
            expect(deadline, `${key} waits beyond its deadline`).toBeGreaterThan(now - 12_001);
            expect(broker.get(key)?.phase, `${key} is known`).toBe('waiting');
          }
        }
        // Time alone ends everything.
        for (let i = 0; i < 200 && broker.list().length > 0; i++) note(broker.tick((now += 1000)));
        expect(broker.list()).toEqual([]);
        expect([...waiting.keys()]).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });
});
