import { describe, expect, test } from 'vitest';
import { binomialInterval } from '../support/binomial.ts';
import { namespacesUnavailable } from '../support/namespaces.ts';
import { until } from '../support/program.ts';
import { startFleet } from './fleet.ts';

const unavailable = namespacesUnavailable();
if (unavailable !== null) console.info(`skipped: three agents that measure each other's loss: ${unavailable}`);

/** Packets of one run; every machine is measured by two agents. */
const COUNT = 500;
const ARRIVING = 2 * COUNT;
/** Loss made by chance at one machine, and exactly every so-many-th packet at another; the third loses nothing. */
const CHANCE_PCT = 10;
const EVERY_NTH = 5;

test('the interval of a count is the one of the tables', () => {
  // Cumulative probabilities of B(20, 0.5): P(X <= 5) = 0.0207, P(X <= 6) = 0.0577.
  expect(binomialInterval(20, 0.5, 0.95)).toEqual({ low: 6, high: 14 });
  // Normal approximation for a large count: 100 - 1.96 * 9.49 and 100 + 1.96 * 9.49.
  expect(binomialInterval(1000, 0.1, 0.95)).toEqual({ low: 82, high: 119 });
});

describe.skipIf(unavailable !== null)('three agents in network namespaces', () => {
  test('measure each other, and the loss that the packet filter makes', { timeout: 120_000 }, async () => {
    await using fleet = await startFleet(3);
    const { agents, api } = fleet;
    const [lossless, byChance, everyNth] = agents;
    if (lossless === undefined || byChance === undefined || everyNth === undefined) throw new Error('expected three agents');
    // Only now: finding out what an agent can measure takes packets too.
    byChance.namespace.dropIcmp(CHANCE_PCT);
    everyNth.namespace.dropEveryIcmp(EVERY_NTH);
    await fleet.pingEachOther({ count: COUNT, period_ms: 10, timeout_ms: 3000 });
    await until('a result of every pair', async () => (await api.all('/api/results')).length >= 6, 60_000);
    const results = await api.all('/api/results');

    const pairs = results.map(({ agent_id, destination_id }) => `${agent_id} to ${destination_id}`).sort();
    const others = agents.flatMap((from) => agents.filter((to) => to !== from).map((to) => `${from.id} to ${to.destinationId}`));
    expect(pairs).toEqual(others.sort());
    for (const { status, metrics } of results) expect({ status, sent: metrics.packets_sent }).toEqual({ status: 'success', sent: COUNT });
    const expected = [
      { agent: lossless, made: 'no loss', share: 0, dropped: 0 },
      { agent: byChance, made: `${CHANCE_PCT} % by chance`, share: CHANCE_PCT / 100, dropped: byChance.namespace.droppedIcmp() },
      { agent: everyNth, made: `every ${EVERY_NTH}th packet`, share: 1 / EVERY_NTH, dropped: everyNth.namespace.droppedIcmp() },
    ];
    for (const { agent, made, share, dropped } of expected) {
      const seen = results.filter(({ destination_id }) => destination_id === agent.destinationId);
      const lost = seen.reduce((sum: number, { metrics }) => sum + Number(metrics.packets_sent) - Number(metrics.packets_received), 0);
      const { low, high } = share === 0 ? { low: 0, high: 0 } : binomialInterval(ARRIVING, share, 0.95);
      const each = seen.map(({ agent: from, metrics }) => `${from} ${metrics.packet_loss_pct} %`).join(', ');
      console.info(
        `${agent.name}, ${made}: ${lost} of ${ARRIVING} lost, the filter dropped ${dropped}; 95 % interval ${low} to ${high} (measured by ${each})`,
      );
      // What was measured is what happened, to the packet.
      expect(lost).toBe(dropped);
    }
    // Every 5th packet leaves no room for chance, so the 95 % interval itself is asked.
    const exact = binomialInterval(ARRIVING, 1 / EVERY_NTH, 0.95);
    expect(everyNth.namespace.droppedIcmp()).toBeGreaterThanOrEqual(exact.low);
    expect(everyNth.namespace.droppedIcmp()).toBeLessThanOrEqual(exact.high);
    // A fair coin leaves its 95 % interval once in 20 runs; this one it leaves less than once in 10,000.
    const wide = binomialInterval(ARRIVING, CHANCE_PCT / 100, 0.9999);
    expect(byChance.namespace.droppedIcmp()).toBeGreaterThanOrEqual(wide.low);
    expect(byChance.namespace.droppedIcmp()).toBeLessThanOrEqual(wide.high);
  });
});
