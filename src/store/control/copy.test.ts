import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createPostgresCluster, postgresMissing, type PostgresCluster } from '../../../test/support/postgres-cluster.ts';
import { destinationInput } from '../../model/destination.ts';
import { jobInput } from '../../model/job.ts';
import type { ControlStore } from './control-store.ts';
import { copyControlStore } from './copy.ts';
import { openPostgresControlStore, openSqliteControlStore } from './open.ts';
import { hashOf, hostileNames, START } from './subject.contract.ts';

let now = START;
const clock = { now: (): number => now };

if (postgresMissing !== null) console.warn(`skipped: copying the control store to PostgreSQL, because ${postgresMissing}`);

/** Something in every table and every column, and a hole where the newest row of a table was. */
async function fill(store: ControlStore): Promise<void> {
  for (const name of hostileNames) {
    now += 1;
    const agent = await store.agents.create({ name, labels: { note: name }, external: name === 'null', version: '1', platform: 'linux' });
    const spool = { epoch: 'e', pending: 1, pending_bytes: 2, dropped: 3, dead: 4 };
    await store.agents.report(agent.id, { spool, address: '::1', clockOffsetMs: -3.25, lastSeenAt: now, capabilities: {} });
    await store.tokens.create({ name, hash: hashOf(now), scopes: ['agent'], agentId: agent.id, expiresAt: now + 5 });
    await store.destinations.create(destinationInput.parse({ name, host: 'h', display_name: name, description: `${name}\n`, tags: [name] }), {
      external: true,
    });
    const job = await store.jobs.create(jobInput.parse({ name, description: name, interval: 60, kinds: ['ping'], options: { ping: { count: 5 } } }));
    await store.jobs.setEnabled(job.id, false);
  }
  await store.agents.create({ name: 'plain', labels: {}, external: false });
  await store.agents.revoke(2);
  const { id } = await store.tokens.create({ name: 'person', hash: hashOf(1), scopes: ['read', 'write'] });
  await store.tokens.touch(id, now + 7);
  await store.enrolmentTokens.create({ name: 'rack', hash: hashOf(2), maxUses: 1, expiresAt: now + 100 });
  await store.enrolmentTokens.create({ name: 'any', hash: hashOf(3), maxUses: null, expiresAt: null });
  await store.enrolmentTokens.enrol({
    hash: hashOf(2),
    at: now,
    agent: { name: 'enrolled', labels: { a: 'b' }, version: '2', platform: 'x' },
    credentialHash: hashOf(4),
  });
  for (const n of [5, 6, 7]) {
    await store.sessions.createLoginLink({ hash: hashOf(n), expiresAt: now + 1000 });
    await store.sessions.redeemLoginLink({ linkHash: hashOf(n), sessionHash: hashOf(10 + n), at: now, expiresAt: now + 1000 });
  }
  await store.sessions.createLoginLink({ hash: hashOf(8), expiresAt: now + 1000 });
  await store.sessions.end(hashOf(17));
}

/** The driver alone gives 64-bit integers as texts; written as texts, all values compare. */
function asTexts(rows: readonly Record<string, unknown>[]): Record<string, string | null>[] {
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([column, value]) => [column, value === null ? null : String(value as string | number)])),
  );
}

/** Everything the contract can read. */
async function readAll(store: ControlStore) {
  const agents = await store.agents.list();
  const jobs = await store.jobs.list();
  const destinations = await store.destinations.list();
  return {
    agents,
    jobs,
    destinations,
    tokens: await store.tokens.list(),
    enrolmentTokens: await store.enrolmentTokens.list(),
    sessions: await Promise.all([15, 16, 17].map((n) => store.sessions.find(hashOf(n)))),
    byHash: await Promise.all([1, 4, START + 1].map((n) => store.tokens.findByHash(hashOf(n)))),
    byName: await Promise.all(hostileNames.map((name) => store.agents.findByName(name))),
    byId: await Promise.all([
      ...agents.map(({ id }) => store.agents.find(id)),
      ...jobs.map(({ id }) => store.jobs.find(id)),
      ...destinations.map(({ id }) => store.destinations.find(id)),
    ]),
  };
}

describe.skipIf(postgresMissing !== null)('copying the control store from SQLite to PostgreSQL', () => {
  let cluster: PostgresCluster;
  let folder: string;
  let from: string;
  let to: string;

  beforeAll(async () => {
    cluster = await createPostgresCluster();
  });

  afterAll(async () => {
    await cluster.remove();
  });

  beforeEach(async () => {
    now = START;
    folder = mkdtempSync(join(tmpdir(), 'tacho-copy-'));
    from = join(folder, 'control.sqlite');
    to = await cluster.createDatabase();
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const onSource = async <T>(act: (store: ControlStore) => Promise<T>): Promise<T> =>
    closing(await openSqliteControlStore({ path: from, clock }), act);
  const onTarget = async <T>(act: (store: ControlStore) => Promise<T>): Promise<T> =>
    closing(await openPostgresControlStore({ url: to, clock }), act);
  const closing = async <T>(store: ControlStore, act: (store: ControlStore) => Promise<T>): Promise<T> => {
    try {
      return await act(store);
    } finally {
      await store.close();
    }
  };

  test('every row reads the same, and no id of the past is given out again', async () => {
    const before = await onSource(async (store) => {
      await fill(store);
      return readAll(store);
    });
    expect(before.agents).toHaveLength(hostileNames.length + 2);

    const copied = await copyControlStore({ from, to, clock });
    const rows = hostileNames.length;
    expect(Object.fromEntries(copied.map((entry) => [entry.table, entry.rows]))).toMatchObject({
      agents: rows + 2,
      destinations: rows,
      enrolment_tokens: 2,
      jobs: rows,
      login_links: 1,
      sessions: 2,
      tokens: rows + 2,
    });
    expect(await onTarget(readAll)).toEqual(before);
    expect(await onSource(readAll)).toEqual(before);

    const database = new DatabaseSync(from);
    for (const { table } of copied) {
      const every = `select * from ${table} order by id`;
      expect(asTexts(await cluster.query(to, every))).toEqual(asTexts(database.prepare(every).all()));
    }
    database.close();

    /** Makes one more of everything: its ids go on where those of the source would. */
    const goOn = async (store: ControlStore): Promise<unknown[]> => [
      (await store.agents.create({ name: 'next', labels: {}, external: false })).id,
      (await store.destinations.create(destinationInput.parse({ name: 'next' }))).id,
      (await store.jobs.create(jobInput.parse({ name: 'next', interval: 60, kinds: ['ping'] }))).id,
      (await store.tokens.create({ name: 'next', hash: hashOf(99), scopes: ['read'] })).id,
      (await store.enrolmentTokens.create({ name: 'next', hash: hashOf(99), maxUses: 1, expiresAt: null })).id,
      (await store.sessions.redeemLoginLink({ linkHash: hashOf(8), sessionHash: hashOf(99), at: now, expiresAt: now + 1 }))?.id,
    ];
    expect(await onTarget(goOn)).toEqual(await onSource(goOn));
  });

  test('more rows than one statement takes are all copied', async () => {
    await onSource(async (store) => {
      for (let n = 0; n < 1203; n++) await store.tokens.create({ name: `token ${n}`, hash: hashOf(n), scopes: ['read'] });
    });
    expect(await copyControlStore({ from, to, clock })).toContainEqual({ table: 'tokens', rows: 1203 });
    expect(await onTarget((store) => store.tokens.list())).toEqual(await onSource((store) => store.tokens.list()));
  });

  test('a target that is not empty is refused and stays as it was', async () => {
    await onSource(fill);
    const before = await onTarget(async (store) => [await store.jobs.create(jobInput.parse({ name: 'mine', interval: 60, kinds: ['ping'] }))]);
    await expect(copyControlStore({ from, to, clock })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('is not empty: expected no row in jobs, got 1') as string,
    });
    expect(await onTarget((store) => store.jobs.list())).toEqual(before);
    expect(await onTarget((store) => store.agents.list())).toEqual([]);
  });

  test('a row that PostgreSQL cannot hold is named by its table, and nothing is copied', async () => {
    await onSource(async (store) => {
      await fill(store);
      await store.tokens.create({ name: 'a\u0000b', hash: hashOf(50), scopes: ['read'] });
    });
    await expect(copyControlStore({ from, to, clock })).rejects.toMatchObject({
      code: 'invalid_request',
      message: 'cannot copy the table tokens: a text holds a NUL character, which PostgreSQL cannot store',
    });
    expect(await onTarget((store) => store.agents.list())).toEqual([]);
    expect((await onTarget((store) => store.agents.create({ name: 'first', labels: {}, external: false }))).id).toBe(1);
  });

  test('a source that somebody has open is refused, and nothing is copied', async () => {
    await onSource(async (store) => {
      await fill(store);
      await expect(copyControlStore({ from, to, clock })).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('is in use') as string,
      });
    });
    expect(await onTarget((store) => store.agents.list())).toEqual([]);
  });

  test('a source that is not there, and one of another program, are refused', async () => {
    await expect(copyControlStore({ from, to, clock })).rejects.toMatchObject({ code: 'not_found' });
    const other = new DatabaseSync(from);
    other.exec('create table jobs (title text)');
    other.close();
    await expect(copyControlStore({ from, to, clock })).rejects.toMatchObject({ code: 'conflict' });
    expect(await cluster.query(to, `select 1 from information_schema.tables where table_schema = 'public'`)).toEqual([]);
  });
});
