import { ApiError } from '../api/api-error.ts';

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
  /** Whether the server would remove it if it may take it out of what names it. */
  readonly canDetach: boolean;
}

export interface RemovalParts {
  /** Asks the server to remove it. `leaving`: the page is going away, so the request must outlive it. */
  readonly send: (path: string, leaving: boolean, detach: boolean) => Promise<void>;
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
    this.#notices = [...this.#others(path), { path, what, failure: null, canDetach: false }];
    this.#timers.set(
      path,
      this.#parts.after(UNDO_MS, () => void this.#send(path, what, false)),
    );
    this.#tell();
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
      this.#parts.send(path, true, false).catch(() => undefined);
    }
  }

  /** Removes what could not be removed because something names it, and takes it out of that. */
  detach(path: string): void {
    const notice = this.#notices.find((one) => one.path === path && one.canDetach);
    if (notice !== undefined) void this.#send(path, notice.what, true);
  }

  async #send(path: string, what: string, detach: boolean): Promise<void> {
    this.#timers.delete(path);
    this.#notices = this.#others(path);
    this.#tell();
    try {
      await this.#parts.send(path, false, detach);
      await this.#parts.settled(path);
    } catch (error) {
      const notice = {
        path,
        what,
        failure: error instanceof Error ? error.message : String(error),
        canDetach: error instanceof ApiError && error.canForce,
      };
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
