/** How long an undo is offered. */
export const UNDO_MS = 10_000;
/** How long it is said that something could not be removed. */
const FAILURE_MS = 30_000;

/** Something that is about to be removed, or could not be. */
export interface Removal {
  /** The API's path of what is removed. */
  readonly path: string;
  /** `job "edge"`: for the notice. */
  readonly what: string;
  /** Why it is still there; null while it can be undone. */
  readonly failure: string | null;
  /** What uses it can be told to do without: it is removed then. */
  readonly canForce: boolean;
}

/** How a removal is asked for. */
export interface RemovalRequest {
  /** The page is going away, so the request must outlive it. */
  readonly leaving: boolean;
  /** Whatever uses it does without. */
  readonly force: boolean;
}

export interface RemovalParts {
  /** Asks the server to remove it. */
  readonly send: (path: string, request: RemovalRequest) => Promise<void>;
  /** Whether what the server refused can be forced. */
  readonly canForce: (error: unknown) => boolean;
  /** What was removed is gone from the server: lists are asked again before the row may show again. */
  readonly settled: (path: string) => Promise<void>;
  /** Calls back after a while; the answer cancels. */
  readonly after: (ms: number, callback: () => void) => () => void;
}

/** Removes things only after a while in which it can be undone; until then they are merely not shown. */
export class Removals {
  readonly #parts: RemovalParts;
  readonly #listeners = new Set<() => void>();
  readonly #timers = new Map<string, () => void>();
  #hidden: ReadonlySet<string> = new Set();
  #notices: readonly Removal[] = [];

  constructor(parts: RemovalParts) {
    this.#parts = parts;
  }

  /** Paths of what is not to be shown. A new set whenever it changes. */
  get hidden(): ReadonlySet<string> {
    return this.#hidden;
  }

  /** What to offer an undo for, oldest first. A new list whenever it changes. */
  get notices(): readonly Removal[] {
    return this.#notices;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  remove(path: string, what: string): void {
    this.#stopTimer(path);
    this.#hidden = this.#hidden.union(new Set([path]));
    this.#notices = [...this.#others(path), { path, what, failure: null, canForce: false }];
    this.#timers.set(
      path,
      this.#parts.after(UNDO_MS, () => void this.#send(path, what, false)),
    );
    this.#tell();
  }

  /** Removes it without a way back: what is known to be used is refused by the server, who says by what. It stays in sight until it is gone. */
  async removeNow(path: string, what: string): Promise<void> {
    this.#stopTimer(path);
    await this.#send(path, what, false);
  }

  /** Removes what was refused because something uses it; that does without it from now on. */
  async force(path: string): Promise<void> {
    const notice = this.#notices.find((one) => one.path === path && one.canForce);
    if (notice !== undefined) await this.#send(path, notice.what, true);
  }

  /** Shows it again; nothing where the server was asked already. */
  undo(path: string): void {
    if (!this.#timers.has(path)) return;
    this.#stopTimer(path);
    this.#hidden = this.#hidden.difference(new Set([path]));
    this.dismiss(path);
  }

  dismiss(path: string): void {
    this.#notices = this.#others(path);
    this.#tell();
  }

  /** The page is being left: nobody can undo any more, so all is sent at once. */
  leave(): void {
    for (const path of [...this.#timers.keys()]) {
      this.#stopTimer(path);
      this.#parts.send(path, { leaving: true, force: false }).catch(() => undefined);
    }
  }

  async #send(path: string, what: string, force: boolean): Promise<void> {
    this.#timers.delete(path);
    this.#notices = this.#others(path);
    this.#tell();
    try {
      await this.#parts.send(path, { leaving: false, force });
      await this.#parts.settled(path);
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      const notice = { path, what, failure, canForce: !force && this.#parts.canForce(error) };
      this.#notices = [...this.#others(path), notice];
      this.#parts.after(FAILURE_MS, () => {
        if (this.#notices.includes(notice)) this.dismiss(path);
      });
    }
    this.#hidden = this.#hidden.difference(new Set([path]));
    this.#tell();
  }

  #others(path: string): Removal[] {
    return this.#notices.filter((notice) => notice.path !== path);
  }

  #stopTimer(path: string): void {
    this.#timers.get(path)?.();
    this.#timers.delete(path);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
