import { BIGINT, INTEGER, VARCHAR, type DuckDBConnection } from '@duckdb/node-api';
import { Parameters, readRows } from './read-rows.ts';

interface Mark {
  readonly agentId: number;
  readonly epoch: string;
  readonly mark: number;
  /** Whether the table has a row for it. */
  readonly stored: boolean;
}

/**
 * High-water marks by agent and epoch. The table is the truth; this holds what is committed, and beside it what the
 * running transaction claims. It is loaded again after a transaction that failed.
 */
export class Marks {
  readonly #committed = new Map<string, Mark>();
  readonly #claimed = new Map<string, Mark>();

  /** Takes over what the table holds, and drops the claims. */
  async load(connection: DuckDBConnection): Promise<void> {
    const rows = await readRows(connection, 'SELECT agent_id, epoch, mark FROM marks');
    this.#claimed.clear();
    this.#committed.clear();
    for (const [agentId, epoch, mark] of rows) {
      const kept: Mark = { agentId: Number(agentId), epoch: String(epoch), mark: Number(mark), stored: true };
      this.#committed.set(keyOf(kept.agentId, kept.epoch), kept);
    }
  }

  /** What was acknowledged: 0 where nothing was. */
  committed(agentId: number, epoch: string): number {
    return this.#committed.get(keyOf(agentId, epoch))?.mark ?? 0;
  }

  /** What is committed or claimed by the running transaction. */
  current(agentId: number, epoch: string): number {
    return this.#claimed.get(keyOf(agentId, epoch))?.mark ?? this.committed(agentId, epoch);
  }

  /** Moves a mark within the running transaction; it never moves back. */
  claim(agentId: number, epoch: string, mark: number): void {
    if (mark <= this.current(agentId, epoch)) return;
    const key = keyOf(agentId, epoch);
    this.#claimed.set(key, { agentId, epoch, mark, stored: this.#committed.get(key)?.stored ?? false });
  }

  get hasClaims(): boolean {
    return this.#claimed.size > 0;
  }

  /** Writes the claims: part of the transaction that stores the data they stand for. */
  async writeClaims(connection: DuckDBConnection): Promise<void> {
    for (const { agentId, epoch, mark, stored } of this.#claimed.values()) {
      const parameters = new Parameters();
      const value = parameters.add(BigInt(mark), BIGINT);
      const agent = parameters.add(agentId, INTEGER);
      const of = parameters.add(epoch, VARCHAR);
      const sql = stored
        ? `UPDATE marks SET mark = ${value} WHERE agent_id = ${agent} AND epoch = ${of}`
        : `INSERT INTO marks (mark, agent_id, epoch) VALUES (${value}, ${agent}, ${of})`;
      await connection.run(sql, parameters.values, parameters.types);
    }
  }

  /** To be called once the claims are durable. */
  confirm(): void {
    for (const [key, mark] of this.#claimed) this.#committed.set(key, { ...mark, stored: true });
    this.#claimed.clear();
  }
}

function keyOf(agentId: number, epoch: string): string {
  return `${agentId}|${epoch}`;
}
