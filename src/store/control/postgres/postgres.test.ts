import { sql } from 'kysely';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { createPostgresCluster, postgresMissing, type PostgresCluster } from '../../../../test/support/postgres-cluster.ts';
import { jobInput } from '../../../model/job.ts';
import { controlStoreContract } from '../control-store.contract.ts';
import type { ControlStore } from '../control-store.ts';
import { migrations } from '../migrations/index.ts';
import type { Migration } from '../migrations/migration.ts';
import { openPostgresControlStore } from '../open.ts';
import { hashOf } from '../subject.contract.ts';

const clock = { now: (): number => Date.UTC(2026, 10, 22) };

if (postgresMissing !== null) console.warn(`skipped: the control store on PostgreSQL, because ${postgresMissing}`);

describe.skipIf(postgresMissing !== null)('PostgreSQL', () => {
  let cluster: PostgresCluster;
  let url: string;

  beforeAll(async () => {
    cluster = await createPostgresCluster();
  });

  afterAll(async () => {
    await cluster.remove();
  });

  controlStoreContract('PostgreSQL', async () => {
    const database = await cluster.createDatabase();
    return { open: (testClock) => openPostgresControlStore({ url: database, clock: testClock }), remove: () => Promise.resolve() };
  });

  describe('database', () => {
    beforeEach(async () => {
      url = await cluster.createDatabase();
    });

    const refusal = async (address: string): Promise<{ code: unknown; message: string }> => {
      const error: unknown = await openPostgresControlStore({ url: address, clock }).then(
        (store) => store.close(),
        (reason: unknown) => reason,
      );
      const { code, message } = error as { code: unknown; message: string };
      return { code, message };
    };
    const name = (): string => new URL(url.replace('@/', '@host/')).pathname.slice(1);
    const label = (user = 'tacho', database = name()): string => `postgresql://${user}@/${database} (socket in ${cluster.socket})`;

    test('a server that is not there is named, without the password', async () => {
      expect(await refusal('postgresql://tacho:secret@127.0.0.1:1/tacho')).toEqual({
        code: 'unavailable',
        message: 'cannot open the control store: postgresql://tacho@127.0.0.1:1/tacho: connect ECONNREFUSED 127.0.0.1:1',
      });
    });

    test('a wrong password is refused, and not repeated', async () => {
      expect(await refusal(cluster.url(name(), { password: 'guessed-wrong' }))).toEqual({
        code: 'unavailable',
        message: `cannot open the control store: ${label()}: sign-in refused: password authentication failed for user "tacho"`,
      });
    });

    test('a missing password is asked for', async () => {
      expect(await refusal(cluster.url(name(), { password: '' }))).toEqual({
        code: 'unavailable',
        message: `cannot open the control store: ${label()}: the server asks for a password, got none`,
      });
    });

    test('an unknown database is named', async () => {
      expect(await refusal(cluster.url('nothing_here'))).toEqual({
        code: 'unavailable',
        message: `cannot open the control store: ${label('tacho', 'nothing_here')}: database "nothing_here" does not exist: create it first`,
      });
    });

    test('a user who may not create tables is told so', async () => {
      await cluster.query(url, `create user guest password 'guest'`);
      expect(await refusal(cluster.url(name(), { user: 'guest', password: 'guest' }))).toEqual({
        code: 'unavailable',
        message: `cannot open the control store: ${label('guest')}: expected a user who may create tables there: permission denied for schema public`,
      });
    });

    test.each(['create table jobs (title text)', 'create table migrations (id serial, applied timestamptz)'])(
      'the database of another program is refused and left as it is: %s',
      async (sql) => {
        await cluster.query(url, sql);
        const { code, message } = await refusal(url);
        expect(code).toBe('conflict');
        expect(message).toContain(`${label()} is the database of another program: expected an empty one`);
        expect(await cluster.query(url, `select * from information_schema.tables where table_schema = 'public'`)).toHaveLength(1);
      },
    );

    test('a database that cannot hold every name is refused', async () => {
      url = await cluster.createDatabase(`encoding 'LATIN1'`);
      expect(await refusal(url)).toEqual({ code: 'conflict', message: `${label()} cannot hold every name: expected the encoding UTF8, got LATIN1` });
    });

    test('a store that a newer version wrote is refused and not changed', async () => {
      const addNote: Migration = { name: 'add-note', up: async (db) => db.schema.alterTable('agents').addColumn('note', 'text').execute() };
      await (await openPostgresControlStore({ url, clock, migrations: [...migrations, addNote] })).close();
      expect(await refusal(url)).toEqual({
        code: 'conflict',
        message: `control store is newer than this program: expected at most migration ${migrations.length}, got ${migrations.length + 1} (${label()}); use the version that wrote it, or a newer one`,
      });
      await (await openPostgresControlStore({ url, clock, migrations: [...migrations, addNote] })).close();
    });

    test('a step that fails undoes itself and those before it', async () => {
      const half: Migration = {
        name: 'half',
        up: async (db) => {
          await db.schema.createTable('half').addColumn('id', 'integer').execute();
          throw new Error('halfway');
        },
      };
      await expect(openPostgresControlStore({ url, clock, migrations: [...migrations, half] })).rejects.toThrow('halfway');
      expect(await cluster.query(url, `select * from information_schema.tables where table_schema = 'public'`)).toEqual([]);
    });

    test('servers that start together make the tables once', async () => {
      const stores = await Promise.all(Array.from({ length: 6 }, () => openPostgresControlStore({ url, clock })));
      expect(await cluster.query(url, 'select number, name from migrations order by number')).toEqual(
        migrations.map((step, i) => ({ number: i + 1, name: step.name })),
      );
      await Promise.all(stores.map((store) => store.close()));
    });

    test('what a database has as its defaults changes neither isolation nor durability', async () => {
      await cluster.query(url, `alter database ${name()} set default_transaction_isolation = 'serializable'`);
      await cluster.query(url, `alter database ${name()} set synchronous_commit = off`);
      const seen: unknown[] = [];
      const look: Migration = {
        name: 'look',
        up: async (db) => {
          const { rows } =
            await sql`select current_setting('transaction_isolation') as isolation, current_setting('synchronous_commit') as commit`.execute(db);
          seen.push(...rows);
        },
      };
      await (await openPostgresControlStore({ url, clock, migrations: [...migrations, look] })).close();
      expect(seen).toEqual([{ isolation: 'read committed', commit: 'on' }]);
    });

    test('what PostgreSQL cannot store is refused in words', async () => {
      const store = await openPostgresControlStore({ url, clock });
      await expect(store.tokens.create({ name: 'a\u0000b', hash: hashOf(1), scopes: ['read'] })).rejects.toMatchObject({ code: 'invalid_request' });
      await store.close();
    });

    test('closing lets all calls that have begun end, also those that wait for a connection', async () => {
      const store = await openPostgresControlStore({ url, clock, poolSize: 2 });
      const calls = Array.from({ length: 40 }, (_, n) => store.agents.create({ name: `agent-${n}`, labels: {}, external: false }));
      await store.close();
      const outcomes = await Promise.allSettled(calls);
      expect(outcomes.map((outcome) => outcome.status)).toEqual(Array(40).fill('fulfilled'));
    });

    test('a connection that is cut between two queries of a transaction fails it, and nothing else', async () => {
      const cut: Migration = {
        name: 'cut',
        up: async (db) => {
          const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db);
          await cluster.query(url, `select pg_terminate_backend(${rows[0]?.pid ?? 0})`);
          const isGone = async (): Promise<boolean> =>
            (await cluster.query(url, `select 1 from pg_stat_activity where pid = ${rows[0]?.pid ?? 0}`)).length === 0;
          await eventually(isGone);
          await sql`select 1`.execute(db);
        },
      };
      await expect(openPostgresControlStore({ url, clock, migrations: [...migrations, cut] })).rejects.toMatchObject({ code: 'unavailable' });
      await (await openPostgresControlStore({ url, clock })).close();
    });

    test('a server that goes away makes calls fail as unavailable, and they work again once it is back', async () => {
      const store = await openPostgresControlStore({ url, clock });
      const agent = await store.agents.create({ name: 'edge', labels: {}, external: false });
      await cluster.stop();
      for (let i = 0; i < 3; i++) {
        await expect(store.agents.list()).rejects.toMatchObject({ code: 'unavailable', message: 'the control store cannot be reached: try again' });
      }
      await cluster.start();
      expect(await store.agents.list()).toEqual([agent]);
      await store.close();
    });
  });

  describe('two servers on one database', () => {
    test('the last use of an enrolment token serves one of them', async () => {
      url = await cluster.createDatabase();
      const stores = await Promise.all([1, 2].map(() => openPostgresControlStore({ url, clock })));
      for (let round = 0; round < 20; round++) {
        await stores[0]?.enrolmentTokens.create({ name: 'rack', hash: hashOf(round), maxUses: 1, expiresAt: null });
        const outcomes = await Promise.allSettled(
          stores.map((store, n) =>
            store.enrolmentTokens.enrol({
              hash: hashOf(round),
              at: clock.now(),
              agent: { name: `agent-${round}-${n}`, labels: {}, version: '1', platform: 'x' },
              credentialHash: hashOf(1000 + 2 * round + n),
            }),
          ),
        );
        expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected']);
        for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'gone' });
      }
      expect((await stores[1]?.enrolmentTokens.list())?.map((token) => token.uses)).toEqual(Array(20).fill(1));
      expect(await stores[0]?.agents.list()).toHaveLength(20);
      await Promise.all(stores.map((store) => store.close()));
    });

    describe('while one has changed a row and not yet committed', () => {
      let store: ControlStore;
      let other: Client;

      beforeEach(async () => {
        url = await cluster.createDatabase();
        store = await openPostgresControlStore({ url, clock });
        other = new Client({ connectionString: url });
        await other.connect();
      });

      afterEach(async () => {
        await other.end();
        await store.close();
      });

      /** Begins a call of the store that must wait for the other's open transaction, and ends that. */
      const across = async <T>(change: string, call: () => Promise<T>, end: 'commit' | 'rollback'): Promise<T | Error> => {
        await other.query('begin');
        await other.query(change);
        const outcome = call().catch((error: unknown) => error as Error);
        await eventually(async () => {
          const waiting = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
          return (await cluster.query(url, waiting)).length > 0;
        });
        await other.query(end);
        return outcome;
      };

      test('the last use of an enrolment token is decided by how that ends', async () => {
        await store.enrolmentTokens.create({ name: 'rack', hash: hashOf(1), maxUses: 1, expiresAt: null });
        const enrol = (n: number) =>
          store.enrolmentTokens.enrol({
            hash: hashOf(1),
            at: clock.now(),
            agent: { name: `agent-${n}`, labels: {}, version: '1', platform: 'x' },
            credentialHash: hashOf(n),
          });
        const spend = 'update enrolment_tokens set uses = uses + 1 where uses < max_uses';
        expect(await across(spend, () => enrol(10), 'rollback')).toMatchObject({ name: 'agent-10' });
        await other.query('update enrolment_tokens set uses = 0');
        expect(await across(spend, () => enrol(11), 'commit')).toMatchObject({ code: 'gone' });
      });

      test('a name both want goes to that one', async () => {
        const { id } = await store.agents.create({ name: 'one', labels: {}, external: false });
        await store.agents.create({ name: 'two', labels: {}, external: false });
        const rename = `update agents set name = 'edge (a)=(b)' where name = 'two'`;
        const outcome = await across(rename, () => store.agents.update(id, { name: 'edge (a)=(b)' }), 'commit');
        expect(outcome).toMatchObject({ code: 'name_taken', message: 'agent name is taken: "edge (a)=(b)"' });
      });

      test('a change of the same job begins the revision after', async () => {
        const input = jobInput.parse({ name: 'edge', interval: 60, kinds: ['ping'] });
        const { id } = await store.jobs.create(input);
        const change = `update jobs set timing = regexp_replace(timing, '"interval":[0-9]+', '"interval":90'), revision = revision + 1`;
        expect(await across(change, () => store.jobs.update(id, { ...input, interval: 120 }), 'commit')).toMatchObject({
          revision: 3,
          interval: 120,
        });
        expect(await across(change, () => store.jobs.update(id, { ...input, interval: 90 }), 'commit')).toMatchObject({ revision: 4, interval: 90 });
      });
    });
  });
});
