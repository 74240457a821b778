import type { StateTone } from '../../../src/charts/theme.ts';

/** How long a message stays: long enough to be read twice. */
const SHOWN_MS = 8000;

/** What an action came to, in words. */
export interface Message {
  readonly id: number;
  readonly tone: StateTone;
  readonly text: string;
}

/** Messages of actions that leave nothing else to see: each stays for a while, or until it is dismissed. */
export class Messages {
  readonly #after: (ms: number, callback: () => void) => () => void;
  readonly #listeners = new Set<() => void>();
  #items: readonly Message[] = [];
  #next = 1;

  constructor(after: (ms: number, callback: () => void) => () => void) {
    this.#after = after;
  }

  /** A new list whenever it changes. */
  get items(): readonly Message[] {
    return this.#items;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  say(tone: StateTone, text: string): void {
    const id = this.#next++;
    this.#become([...this.#items, { id, tone, text }]);
    this.#after(SHOWN_MS, () => {
      this.dismiss(id);
    });
  }

  dismiss(id: number): void {
    if (this.#items.some((item) => item.id === id)) this.#become(this.#items.filter((item) => item.id !== id));
  }

  #become(items: readonly Message[]): void {
    this.#items = items;
    for (const listener of this.#listeners) listener();
  }
}
