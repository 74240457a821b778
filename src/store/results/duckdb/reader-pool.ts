import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { TachoError } from '../../../model/errors.ts';

/** Connections for queries: at most so many run at once, the others wait in line. */
export class ReaderPool {
  readonly #instance: DuckDBInstance;
  readonly #most: number;
  readonly #idle: DuckDBConnection[] = [];
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #closed = false;

  constructor(instance: DuckDBInstance, most: number) {
    this.#instance = instance;
    this.#most = most;
  }

  async use<T>(query: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    if (this.#closed) throw new TachoError('unavailable', 'cannot read results: the store is closing');
    await this.#take();
    try {
      const connection = this.#idle.pop() ?? (await this.#instance.connect());
      try {
        return await query(connection);
      } finally {
        this.#idle.push(connection);
      }
    } finally {
      const next = this.#waiting.shift();
      // A waiting query takes the place over, so the count stays.
      if (next === undefined) this.#running--;
      else next();
    }
  }

  /** Waits for every query that was begun, then lets the connections go. */
  async close(): Promise<void> {
    this.#closed = true;
    const own: Promise<void>[] = [];
    for (let i = 0; i < this.#most; i++) own.push(this.#take());
    await Promise.all(own);
    for (const connection of this.#idle.splice(0)) connection.closeSync();
  }

  async #take(): Promise<void> {
    if (this.#running >= this.#most) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
  }
}
