/**
 * A signal that aborts with the first of others, for the time of one wait. Unlike `AbortSignal.any` it leaves nothing
 * behind on a signal that lives as long as the agent.
 */
export class LinkedAbort implements Disposable {
  readonly #controller = new AbortController();
  readonly #sources: readonly AbortSignal[];
  readonly #onAbort = (event: Event): void => this.#controller.abort((event.target as AbortSignal).reason);

  constructor(...sources: readonly AbortSignal[]) {
    this.#sources = sources;
    for (const source of sources) {
      if (source.aborted) this.#controller.abort(source.reason);
      else source.addEventListener('abort', this.#onAbort);
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason?: unknown): void {
    this.#controller.abort(reason);
  }

  [Symbol.dispose](): void {
    for (const source of this.#sources) source.removeEventListener('abort', this.#onAbort);
  }
}
