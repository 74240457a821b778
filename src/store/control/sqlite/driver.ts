import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from 'kysely';
import { queryFailure, withMeaning } from './errors.ts';

/** Kysely's driver contract over one synchronous connection. */
export class NodeSqliteDriver implements Driver {
  readonly #database: DatabaseSync;
  readonly #connection: DatabaseConnection;
  #lease: PromiseWithResolvers<void> | null = null;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#connection = withMeaning(new NodeSqliteConnection(database));
  }

  init(): Promise<void> {
    return Promise.resolve();
  }

  acquireConnection(): Promise<DatabaseConnection> {
    this.#lease = Promise.withResolvers();
    return Promise.resolve(this.#connection);
  }

  releaseConnection(): Promise<void> {
    this.#lease?.resolve();
    this.#lease = null;
    return Promise.resolve();
  }

  // Immediate takes the write lock at once: a transaction that reads first cannot fail later because somebody else wrote.
  async beginTransaction(): Promise<void> {
    await this.#exec('begin immediate');
  }

  async commitTransaction(): Promise<void> {
    await this.#exec('commit');
  }

  async rollbackTransaction(): Promise<void> {
    // After a full disk or an input/output error SQLite has rolled back by itself, and saying it again would hide that error.
    if (this.#database.isTransaction) await this.#exec('rollback');
  }

  /** Lets the query or transaction that holds the connection end first. */
  async destroy(): Promise<void> {
    await this.#lease?.promise;
    this.#database.close();
  }

  // A method that promises must reject rather than throw.
  async #exec(sql: string): Promise<void> {
    try {
      this.#database.exec(sql);
    } catch (error) {
      throw queryFailure(error);
    }
  }
}

class NodeSqliteConnection implements DatabaseConnection {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { statement, parameters } = this.#prepare(query);
    if (returnsRows(statement)) {
      return { rows: statement.all(...parameters) as R[] };
    }
    const { changes, lastInsertRowid } = statement.run(...parameters);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    const { statement, parameters } = this.#prepare(query);
    for (const row of statement.iterate(...parameters)) {
      yield { rows: [row as R] };
    }
  }

  #prepare(query: CompiledQuery): { statement: StatementSync; parameters: SQLInputValue[] } {
    // SQLite judges each value when it is bound, and the module names the one it cannot take.
    return { statement: this.#database.prepare(query.sql), parameters: query.parameters as SQLInputValue[] };
  }
}

function returnsRows(statement: StatementSync): boolean {
  return statement.columns().length > 0;
}
