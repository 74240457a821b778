/** A burst of results asks for a chart once, not once a result. */
const PAUSE_MS = 2000;

export interface InvalidatorParts {
  readonly invalidate: (key: readonly unknown[]) => void;
  readonly after: (ms: number, callback: () => void) => () => void;
}

/** Collects keys and invalidates each at most once in two seconds: the first at once, so that a page feels live. */
export class Invalidator {
  readonly #parts: InvalidatorParts;
  readonly #waiting = new Map<string, readonly unknown[]>();
  #cancel: (() => void) | null = null;

  constructor(parts: InvalidatorParts) {
    this.#parts = parts;
  }

  add(keys: readonly (readonly unknown[])[]): void {
    for (const key of keys) this.#waiting.set(JSON.stringify(key), key);
    if (this.#cancel === null) this.#flush();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#waiting.clear();
  }

  #flush(): void {
    if (this.#waiting.size === 0) {
      this.#cancel = null;
      return;
    }
    const keys = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#cancel = this.#parts.after(PAUSE_MS, () => {
      this.#flush();
    });
    for (const key of keys) this.#parts.invalidate(key);
  }
}
