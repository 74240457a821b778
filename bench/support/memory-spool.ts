import { randomUUID } from 'node:crypto';
import type { SpoolState } from '../../src/model/agent.ts';
import type { PeekLimits, Refused, Spooled } from '../../src/agent/spool-file.ts';
import type { Outbox } from '../../src/agent/uplink.ts';

interface Waiting extends Spooled {
  readonly addedAt: number;
}

/** A spool without a disk: thousands of them in one process would measure that process's disk and nothing else. */
export class MemorySpool implements Outbox {
  readonly epoch = randomUUID();
  /** Numbers given so far. */
  lastSeq = 0;
  /** Everything up to this number the server said is durable. */
  acknowledged = 0;
  readonly refused: Refused[] = [];
  #waiting: Waiting[] = [];
  #bytes = 0;
  #onAdded: () => void = () => undefined;

  /** When the oldest result that waits was added; null where none does. */
  get oldestAt(): number | null {
    return this.#waiting[0]?.addedAt ?? null;
  }

  add(result: object, addedAt: number): void {
    const body = JSON.stringify(result);
    this.lastSeq += 1;
    this.#waiting.push({ seq: this.lastSeq, body, addedAt });
    this.#bytes += body.length;
    this.#onAdded();
  }

  state(): SpoolState {
    return { epoch: this.epoch, pending: this.#waiting.length, pending_bytes: this.#bytes, dropped: 0, dead: this.refused.length };
  }

  onAdded(callback: () => void): void {
    this.#onAdded = callback;
  }

  peek({ results, bytes }: PeekLimits): Spooled[] {
    let sum = 0;
    const end = this.#waiting.slice(0, results).findIndex(({ body }, i) => (sum += body.length) > bytes && i > 0);
    return this.#waiting.slice(0, end < 0 ? results : end);
  }

  forget(through: number, refused: readonly Refused[] = []): void {
    this.refused.push(...refused);
    this.#waiting = this.#waiting.filter(({ seq }) => seq > through);
    this.#bytes = this.#waiting.reduce((sum, { body }) => sum + body.length, 0);
    this.acknowledged = Math.max(this.acknowledged, through);
  }
}
