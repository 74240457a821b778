import { BIGINT, INTEGER, LIST, listValue, VARCHAR, type DuckDBConnection, type DuckDBType, type DuckDBValue } from '@duckdb/node-api';
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

  /**
   * Writes the claims: part of the transaction that stores the data they stand for. In one statement for all that the
   * table knows and one for the others: a fleet's small batches share a transaction, and each statement costs 0.6 ms.
   */
  async writeClaims(connection: DuckDBConnection): Promise<void> {
    const claims = [...this.#claimed.values()];
    const known = claims.filter(({ stored }) => stored);
    const added = claims.filter(({ stored }) => !stored);
    if (known.length > 0) {
      const parameters = new Parameters();
      const from = claimed(known, parameters);
      await connection.run(
        `UPDATE marks SET mark = claimed.mark FROM (${from}) AS claimed WHERE marks.agent_id = claimed.agent_id AND marks.epoch = claimed.epoch`,
        parameters.values,
        parameters.types,
      );
    }
    if (added.length > 0) {
      const parameters = new Parameters();
      await connection.run(`INSERT INTO marks (agent_id, epoch, mark) ${claimed(added, parameters)}`, parameters.values, parameters.types);
    }
  }

  /** To be called once the claims are durable. */
  confirm(): void {
    for (const [key, mark] of this.#claimed) this.#committed.set(key, { ...mark, stored: true });
    this.#claimed.clear();
  }
}

/** The marks as rows of a query, whose text is the same however many there are. */
function claimed(marks: readonly Mark[], parameters: Parameters): string {
  const column = (values: DuckDBValue[], type: DuckDBType): string => `unnest(${parameters.add(listValue(values), LIST(type))})`;
  const agents = column(
    marks.map(({ agentId }) => agentId),
    INTEGER,
  );
  const epochs = column(
    marks.map(({ epoch }) => epoch),
    VARCHAR,
  );
  const values = column(
    marks.map(({ mark }) => BigInt(mark)),
    BIGINT,
  );
  return `SELECT ${agents} AS agent_id, ${epochs} AS epoch, ${values} AS mark`;
}

function keyOf(agentId: number, epoch: string): string {
  return `${agentId}|${epoch}`;
}
