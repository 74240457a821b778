import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import type { AgentRow, ControlStore } from '../store/control/control-store.ts';
import { openSqliteControlStore } from '../store/control/open.ts';
import { writeBehind } from './write-behind.ts';

const START = Date.UTC(2026, 10, 22, 10);
const HASH = 'a'.repeat(64);

let directory: string;
let clock: ManualClock;
/** The store below, which holds what is durable. */
let durable: ControlStore;
/** Writes of many that reached it. */
let writes: string[];
/** What a write fails with, as a full disk would. */
let writeError: Error | null;
let failures: unknown[];
let store: ControlStore;
let agent: AgentRow;
let tokenId: number;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tacho-write-behind-'));
  clock = new ManualClock(START);
  durable = await openSqliteControlStore({ path: join(directory, 'control.sqlite'), clock });
  writes = [];
  writeError = null;
  failures = [];
  const noted = async (what: string, write: () => Promise<void>): Promise<void> => {
    writes.push(what);
    if (writeError !== null) throw writeError;
    await write();
  };
  const below: ControlStore = {
    ...durable,
    agents: { ...durable.agents, reportAll: (reports) => noted(`${reports.length} reports`, () => durable.agents.reportAll(reports)) },
    tokens: { ...durable.tokens, touchAll: (touches) => noted(`${touches.length} touches`, () => durable.tokens.touchAll(touches)) },
  };
  store = writeBehind(below, { clock, onFailed: (error) => failures.push(error) });
  agent = await store.agents.create({ name: 'edge', labels: { site: 'oslo' }, external: false });
  tokenId = (await store.tokens.create({ name: 'ci', hash: HASH, scopes: ['read'] })).id;
});

afterEach(async () => {
  await store.close();
  rmSync(directory, { recursive: true });
});

describe('the store that writes notes behind', () => {
  test('shows a report at once to everyone who reads agents, and it is durable a second later', async () => {
    await store.agents.report(agent.id, { labels: { site: 'bergen' }, version: '2' });
    const expected = { ...agent, labels: { site: 'bergen' }, version: '2' };
    expect(await store.agents.list()).toEqual([expected]);
    expect(await store.agents.find(agent.id)).toEqual(expected);
    expect(await store.agents.findByName('edge')).toEqual(expected);
    expect(await durable.agents.find(agent.id)).toEqual(agent);
    await clock.advance(1000);
    expect(await durable.agents.find(agent.id)).toEqual(expected);
    expect(await store.agents.find(agent.id)).toEqual(expected);
  });

  test('shows a use of a token at once, and it is durable a second later', async () => {
    await store.tokens.touch(tokenId, START + 7);
    expect((await store.tokens.findByHash(HASH))?.lastUsedAt).toBe(START + 7);
    expect((await store.tokens.list()).map(({ lastUsedAt }) => lastUsedAt)).toEqual([START + 7]);
    expect((await durable.tokens.findByHash(HASH))?.lastUsedAt).toBeNull();
    await clock.advance(1000);
    expect((await durable.tokens.findByHash(HASH))?.lastUsedAt).toBe(START + 7);
  });

  test('writes the newest of each row once, whatever number of notes there were', async () => {
    const other = await store.agents.create({ name: 'other', labels: {}, external: false });
    for (let i = 1; i <= 50; i++) {
      await store.tokens.touch(tokenId, START + i);
      await store.agents.report(agent.id, { lastSeenAt: START + i });
      await store.agents.report(other.id, i === 1 ? { version: '1', lastSeenAt: START } : { lastSeenAt: START + i });
    }
    await clock.advance(1000);
    expect(writes).toEqual(['1 touches', '2 reports']);
    expect((await durable.tokens.findByHash(HASH))?.lastUsedAt).toBe(START + 50);
    expect(await durable.agents.find(other.id)).toMatchObject({ version: '1', lastSeenAt: START + 50 });
    await clock.advance(10_000);
    expect(writes).toHaveLength(2);
  });

  test('what is said while others are written is written after them', async () => {
    await store.agents.report(agent.id, { version: '1' });
    const passing = clock.advance(1000);
    while (writes.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await store.agents.report(agent.id, { version: '2' });
    await passing;
    expect((await store.agents.find(agent.id))?.version).toBe('2');
    await clock.advance(1000);
    expect((await durable.agents.find(agent.id))?.version).toBe('2');
  });

  test('keeps and tries again what could not be written, and says so once', async () => {
    writeError = new Error('disk is full');
    await store.agents.report(agent.id, { version: '2' });
    await clock.advance(3000);
    expect(writes.length).toBeGreaterThan(1);
    expect(failures).toEqual([writeError]);
    expect((await store.agents.find(agent.id))?.version).toBe('2');
    writeError = null;
    await clock.advance(1000);
    expect((await durable.agents.find(agent.id))?.version).toBe('2');
    expect(failures).toHaveLength(1);
  });

  test('writes what waits before a person’s change, so that the change stays', async () => {
    await store.agents.report(agent.id, { labels: { site: 'bergen' }, version: '2' });
    const updated = await store.agents.update(agent.id, { labels: { site: 'rome' } });
    expect(updated).toMatchObject({ labels: { site: 'rome' }, version: '2' });
    await clock.advance(2000);
    expect(await durable.agents.find(agent.id)).toMatchObject({ labels: { site: 'rome' }, version: '2' });
  });

  test('shows what waits to work that does several changes as one', async () => {
    await store.agents.report(agent.id, { labels: { site: 'bergen' } });
    expect(await store.together(({ agents }) => agents.list())).toMatchObject([{ labels: { site: 'bergen' } }]);
  });

  test('passes over an agent that was removed meanwhile', async () => {
    await store.agents.report(agent.id, { version: '2' });
    await store.agents.remove(agent.id);
    await store.tokens.touch(tokenId, START + 1);
    await clock.advance(1000);
    expect(failures).toEqual([]);
    expect(await store.agents.list()).toEqual([]);
    expect((await durable.tokens.findByHash(HASH))?.lastUsedAt).toBe(START + 1);
  });

  test('closing writes what waits', async () => {
    await store.tokens.touch(tokenId, START + 3);
    await store.agents.report(agent.id, { version: '3' });
    await store.close();
    const reopened = await openSqliteControlStore({ path: join(directory, 'control.sqlite'), clock });
    expect((await reopened.agents.find(agent.id))?.version).toBe('3');
    expect((await reopened.tokens.findByHash(HASH))?.lastUsedAt).toBe(START + 3);
    store = reopened;
  });
});
