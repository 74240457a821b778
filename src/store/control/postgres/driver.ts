import type { CompiledQuery, DatabaseConnection, Driver, QueryResult, TransactionSettings } from 'kysely';
import { connectionFailure, queryFailure } from './errors.ts';

/**
 * Goes before Kysely's driver. That one refuses, once it is being destroyed, whoever still waits for a connection;
 * here a call that has begun is done before the store closes, as on the other engines.
 */
export class DrainingDriver implements Driver {
  readonly #inner: Driver;
  #calls = 0;
  #idle: PromiseWithResolvers<void> | null = null;

  constructor(inner: Driver) {
    this.#inner = inner;
  }

  init(): Promise<void> {
    return this.#inner.init();
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    this.#calls += 1;
    try {
      return new SpokenConnection(await this.#inner.acquireConnection());
    } catch (error) {
      this.#done();
      throw connectionFailure(error);
    }
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    try {
      await this.#inner.releaseConnection(innerOf(connection));
    } finally {
      this.#done();
    }
  }

  beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    return spoken(() => this.#inner.beginTransaction(innerOf(connection), settings));
  }

  commitTransaction(connection: DatabaseConnection): Promise<void> {
    return spoken(() => this.#inner.commitTransaction(innerOf(connection)));
  }

  rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    return spoken(() => this.#inner.rollbackTransaction(innerOf(connection)));
  }

  async destroy(): Promise<void> {
    if (this.#calls > 0) {
      this.#idle ??= Promise.withResolvers();
      await this.#idle.promise;
    }
    await this.#inner.destroy();
  }

  #done(): void {
    this.#calls -= 1;
    if (this.#calls === 0) this.#idle?.resolve();
  }
}

class SpokenConnection implements DatabaseConnection {
  readonly inner: DatabaseConnection;

  constructor(inner: DatabaseConnection) {
    this.inner = inner;
  }

  executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return spoken(() => this.inner.executeQuery<R>(query));
  }

  streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    return this.inner.streamQuery<R>(query, chunkSize);
  }
}

function innerOf(connection: DatabaseConnection): DatabaseConnection {
  return connection instanceof SpokenConnection ? connection.inner : connection;
}

async function spoken<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw queryFailure(error);
  }
}
