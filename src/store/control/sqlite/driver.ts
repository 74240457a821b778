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

/** Statements kept ready: more than there are in this program, where lists in them have few lengths. */
const MOST_STATEMENTS = 500;

class NodeSqliteConnection implements DatabaseConnection {
  readonly #database: DatabaseSync;
  /** By their text, the one used longest ago first: preparing one takes as long as most of them run. */
  readonly #ready = new Map<string, ReadyStatement>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { statement, returnsRows } = this.#statement(query.sql);
    const parameters = parametersOf(query);
    if (returnsRows) {
      return { rows: statement.all(...parameters) as R[] };
    }
    const { changes, lastInsertRowid } = statement.run(...parameters);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    // One of its own: another call with the same text would begin a kept one anew.
    for (const row of this.#database.prepare(query.sql).iterate(...parametersOf(query))) {
      yield { rows: [row as R] };
    }
  }

  #statement(sql: string): ReadyStatement {
    const known = this.#ready.get(sql);
    this.#ready.delete(sql);
    const statement = known?.statement ?? this.#database.prepare(sql);
    const ready = known ?? { statement, returnsRows: statement.columns().length > 0 };
    // What changes tables changes what kept statements answer.
    if (!/^(select|with|insert|update|delete)\b/i.test(sql)) this.#ready.clear();
    else this.#ready.set(sql, ready);
    if (this.#ready.size > MOST_STATEMENTS) {
      const [oldest] = this.#ready.keys();
      if (oldest !== undefined) this.#ready.delete(oldest);
    }
    return ready;
  }
}

interface ReadyStatement {
  readonly statement: StatementSync;
  readonly returnsRows: boolean;
}

/** SQLite judges each value when it is bound, and the module names the one it cannot take. */
function parametersOf({ parameters }: CompiledQuery): SQLInputValue[] {
  return parameters as SQLInputValue[];
}
