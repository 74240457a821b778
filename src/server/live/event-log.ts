import type { LiveMessage, Topic } from '../../protocol/live.ts';

/** Something that happened, in the order in which it did. */
export interface LiveEvent {
  readonly seq: number;
  readonly topic: Topic;
  readonly message: LiveMessage;
  /** The message as it is sent to those who filter nothing. */
  readonly text: string;
}

/** Enough for a listener to miss a minute of a busy fleet; past it, a listener gets snapshots again. */
const MOST_BYTES = 8 * 1_048_576;

/** The newest events, bounded by size, for listeners that come back. */
export class EventLog {
  readonly #events: LiveEvent[] = [];
  #bytes = 0;
  /** Seq of the last event that is no longer held. */
  #forgotten = 0;
  #seq = 0;

  get seq(): number {
    return this.#seq;
  }

  next(): number {
    return this.#seq + 1;
  }

  add(event: LiveEvent): void {
    this.#seq = event.seq;
    this.#events.push(event);
    this.#bytes += event.text.length;
    while (this.#bytes > MOST_BYTES) {
      const oldest = this.#events.shift();
      if (oldest === undefined) break;
      this.#bytes -= oldest.text.length;
      this.#forgotten = oldest.seq;
    }
  }

  /** Something happened that is not worth keeping: whoever was away at that time cannot be told what he missed. */
  skip(): void {
    this.#seq += 1;
    this.#events.length = 0;
    this.#bytes = 0;
    this.#forgotten = this.#seq;
  }

  /** Events after `seq`, or null where some of them are no longer held, or are yet to come. */
  since(seq: number): readonly LiveEvent[] | null {
    if (seq < this.#forgotten || seq > this.#seq) return null;
    return this.#events.filter((event) => event.seq > seq);
  }
}
