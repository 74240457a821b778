import type * as z from 'zod';
import { ApiError, errorOfAnswer } from './api-error.ts';

/** Longest wait for an answer; the slowest question here is a week of series. */
const TIMEOUT_MS = 20_000;

export interface Question {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  /** Goes on being sent when the page is left. */
  readonly keepalive?: boolean;
}

export type Fetch = (input: string, init: RequestInit) => Promise<Response>;

/** Speaks the public API from the page's own origin; the session cookie goes along by itself. */
export class ApiClient {
  readonly #fetch: Fetch;

  constructor(fetch: Fetch) {
    this.#fetch = fetch;
  }

  /**
   * Asks and checks the answer against its schema.
   * @throws {ApiError} with the API's own message where it refused.
   */
  async ask<S extends z.ZodType>(path: string, schema: S, question: Question = {}): Promise<z.output<S>> {
    const response = await this.#send(path, question);
    const parsed = schema.safeParse(await bodyOf(response));
    if (parsed.success) return parsed.data;
    throw new ApiError('not_understood', `the answer of ${path} does not fit this page: reload it, the server may have been updated`, {
      status: response.status,
      cause: parsed.error,
    });
  }

  /** Asks for something that answers nothing. */
  async tell(path: string, question: Question = {}): Promise<void> {
    await this.#send(path, question);
  }

  async #send(path: string, { method = 'GET', query = {}, body, signal, keepalive }: Question): Promise<Response> {
    const parameters = new URLSearchParams(Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])));
    const url = parameters.size === 0 ? path : `${path}?${parameters}`;
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    let response: Response;
    try {
      response = await this.#fetch(url, {
        method,
        credentials: 'same-origin',
        ...(keepalive === undefined ? {} : { keepalive }),
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (cause) {
      if (signal?.aborted) throw cause;
      const why = timeout.aborted ? `did not answer in ${TIMEOUT_MS / 1000} s` : 'cannot be reached';
      throw new ApiError('unreachable', `the server ${why}`, { cause });
    }
    if (!response.ok) throw errorOfAnswer(response.status, await bodyOf(response));
    return response;
  }
}

async function bodyOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return undefined;
  }
}
