interface Due {
  /** Instant, epoch milliseconds. */
  readonly at: number;
}

/** A binary heap: what is due first comes out first, in O(log n). */
export class DueQueue<T extends Due> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  first(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    this.#items.push(item);
    let i = this.#items.length - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (this.#at(parent) <= item.at) break;
      this.#swap(i, parent);
      i = parent;
    }
  }

  pop(): T | undefined {
    const first = this.#items[0];
    const last = this.#items.pop();
    if (first === undefined || last === undefined || this.#items.length === 0) return first;
    this.#items[0] = last;
    for (let i = 0; ;) {
      const left = 2 * i + 1;
      const smaller = this.#at(left + 1) < this.#at(left) ? left + 1 : left;
      if (this.#at(smaller) >= this.#at(i)) return first;
      this.#swap(i, smaller);
      i = smaller;
    }
  }

  clear(): void {
    this.#items.length = 0;
  }

  #at(i: number): number {
    return this.#items[i]?.at ?? Infinity;
  }

  #swap(i: number, j: number): void {
    const a = this.#items[i];
    const b = this.#items[j];
    if (a === undefined || b === undefined) return;
    this.#items[i] = b;
    this.#items[j] = a;
  }
}
