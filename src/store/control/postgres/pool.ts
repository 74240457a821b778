import type { ClientBase, Pool } from 'pg';

/** To connect, or to be given a connection that others use. */
const CONNECT_TIMEOUT_MS = 10_000;

/** For one answer. A server that went away without a word must not hold a request, or the closing of the store, for ever. */
const QUERY_TIMEOUT_MS = 60_000;

/** Loads the driver on the first use: a server on SQLite need not carry it. */
export async function createPool(url: string, size: number): Promise<Pool> {
  const pg = await import('pg');
  const pool = new pg.Pool({
    connectionString: url,
    max: size,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
    fallback_application_name: 'tachograph',
    types: {
      getTypeParser: (type, format) =>
        type === pg.types.builtins.INT8 ? toNumber : (pg.types.getTypeParser(type, format) as (text: string) => unknown),
    },
    onConnect: prepareConnection,
  });
  // A connection that breaks while nobody uses it has left the pool already; the next query gets a new one.
  pool.on('error', () => undefined);
  return pool;
}

/**
 * Whatever the database's own settings: the queries count on seeing what others committed (a repeatable read would
 * fail instead), and a commit that is answered must be on disk.
 */
async function prepareConnection(client: ClientBase): Promise<void> {
  // A connection may also break between two queries of a transaction. The next one says so; unheard, Node would end the process.
  client.on('error', () => undefined);
  await client.query(
    `set default_transaction_isolation = 'read committed';
     select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'`,
  );
}

function toNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`integer is too large: ${text}`);
  return value;
}
