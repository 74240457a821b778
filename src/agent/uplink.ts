import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { errorBody } from '../model/errors.ts';
import { batchAnswer, RESULTS_PATH, type BatchAnswer } from '../protocol/batch.ts';
import { backoffMs } from '../util/backoff.ts';
import type { Clock } from '../util/clock.ts';
import type { Random } from '../util/random.ts';
import { retryAfterMs, type HttpAnswer, type HttpClient } from './http-client.ts';
import { LinkedAbort } from './linked-abort.ts';
import type { Log } from './log.ts';
import { apiUrl } from './server-url.ts';
import type { Refused, Spooled } from './spool-file.ts';
import type { Spool } from './spool.ts';

/** What the uplink needs of the spool: where results wait, and from where they are forgotten. */
export type Outbox = Pick<Spool, 'epoch' | 'state' | 'peek' | 'forget' | 'onAdded'>;

export interface UplinkOptions {
  readonly http: HttpClient;
  readonly server: URL;
  /** Secret. */
  readonly credential: string;
  readonly spool: Outbox;
  readonly clock: Clock;
  readonly random: Random;
  readonly clockOffsetMs: () => number | null;
  /** The server refused the credential: the control connection is to find out what that means. */
  readonly onUnauthorized: () => void;
  /** The server took results: whoever waits to reach it need not wait longer. */
  readonly onDelivered?: () => void;
  readonly log: Log;
}

/** One batch: what a server stores in a moment, and what fits the memory of a small agent several times over. */
const MOST_RESULTS = 1000;
const MOST_BYTES = 1_000_000;
/** Runs that end together travel together. */
const COALESCE_MS = 100;
const TIMEOUT_MS = 30_000;
const BACKOFF = { baseMs: 500, capMs: 30_000 };
/** Longest wait a Retry-After header can ask for. */
const LONGEST_RETRY_AFTER_MS = 3_600_000;
/** While the credential is refused, it is tried again this often even if the control connection says nothing. */
const UNAUTHORIZED_MS = 300_000;
/** This many results refused whole in a row say that something else is wrong: then each costs a growing wait. */
const REFUSED_IN_A_ROW = 5;

/** Longest sleep of a clock in one piece. */
const LONGEST_SLEEP_MS = 2 ** 31 - 1;

const compress = promisify(gzip);

/** What became of one batch: go on at once, or wait first. */
interface Step {
  readonly waitMs: number;
}

/** Brings the spool's results to the server: in order, one batch at a time, each forgotten only once it is acknowledged. */
export class Uplink {
  readonly #options: UplinkOptions;
  #pause = new AbortController();
  #news = new AbortController();
  #limit = MOST_RESULTS;
  #failures = 0;
  #refusedInARow = 0;

  constructor(options: UplinkOptions) {
    this.#options = options;
    options.spool.onAdded(() => this.#news.abort());
  }

  /** Tries again now: the server was just heard of. */
  resume(): void {
    this.#pause.abort();
  }

  /** Sends until aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { spool, clock } = this.#options;
    while (!signal.aborted) {
      this.#news = new AbortController();
      if (spool.state().pending === 0) {
        await wait(Infinity, clock, [signal, this.#news.signal]);
        await wait(COALESCE_MS, clock, [signal]);
        continue;
      }
      this.#pause = new AbortController();
      const { waitMs } = await this.#step(signal);
      if (waitMs > 0) await wait(waitMs, clock, [signal, this.#pause.signal]);
    }
  }

  /** Sends what waits, until nothing does, something fails or it is aborted. */
  async flush(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#options.spool.state().pending > 0) {
      const { waitMs } = await this.#step(signal);
      if (waitMs > 0) return;
    }
  }

  /** A spool that cannot be read or written (a full disk) is waited for like a server that is away. */
  async #step(signal: AbortSignal): Promise<Step> {
    try {
      return await this.#sendOne(signal);
    } catch (error) {
      return this.#failed({ err: error }, 'cannot read or write the spool', null);
    }
  }

  async #sendOne(signal: AbortSignal): Promise<Step> {
    const { http, server, credential, spool, log } = this.#options;
    const batch = spool.peek({ results: this.#limit, bytes: MOST_BYTES });
    if (batch.length === 0) return { waitMs: 0 };
    let answer: HttpAnswer;
    try {
      answer = await http.post({
        url: apiUrl(server, RESULTS_PATH),
        bearer: credential,
        headers: { 'content-encoding': 'gzip' },
        body: await compress(this.#bodyOf(batch)),
        timeoutMs: TIMEOUT_MS,
        signal,
      });
    } catch (error) {
      if (signal.aborted) return { waitMs: 0 };
      return this.#failed({ err: error }, 'cannot send results', null);
    }
    if (answer.status === 200) return this.#accepted(batch, answer);
    if (answer.status === 401 || answer.status === 403 || answer.status === 410) {
      log.warn({ status: answer.status }, 'the server refuses this credential; results wait');
      this.#options.onUnauthorized();
      return { waitMs: UNAUTHORIZED_MS };
    }
    if (answer.status === 413 || (answer.status === 400 && isOurs(answer))) return this.#refusedWhole(batch, answer);
    return this.#failed({ status: answer.status }, 'the server cannot take results', answer.retryAfter);
  }

  #accepted(batch: readonly Spooled[], answer: HttpAnswer): Step {
    const { spool, log } = this.#options;
    const parsed = parseAnswer(answer);
    const first = batch[0]?.seq ?? 0;
    const last = batch.at(-1)?.seq ?? 0;
    if (parsed?.acknowledged === undefined || parsed.acknowledged < first) {
      return this.#failed({ acknowledged: parsed?.acknowledged, first }, 'the server acknowledged nothing', null);
    }
    // Never more than was sent: what the server cannot have seen must not be forgotten.
    const through = Math.min(parsed.acknowledged, last);
    const refused = refusalsOf(parsed, batch).filter(({ seq }) => seq <= through);
    spool.forget(through, refused);
    this.#options.onDelivered?.();
    const [example] = refused;
    if (example !== undefined) {
      log.warn({ refused: refused.length, code: example.code, example: example.message }, 'the server refused results; they are in the dead letter');
    }
    log.debug({ through, stored: parsed.stored, duplicates: parsed.duplicates }, 'acknowledged');
    if (this.#failures > 0) log.info('results reach the server again');
    this.#failures = 0;
    this.#refusedInARow = 0;
    this.#limit = Math.min(MOST_RESULTS, this.#limit * 2);
    return { waitMs: 0 };
  }

  /** A batch that is refused whole is tried in halves, until the one result that is to blame stands alone. */
  #refusedWhole(batch: readonly Spooled[], answer: HttpAnswer): Step {
    const { spool, random, log } = this.#options;
    const [only] = batch;
    if (batch.length > 1 || only === undefined) {
      this.#limit = Math.ceil(batch.length / 2);
      log.debug({ status: answer.status, limit: this.#limit }, 'a batch was refused whole; trying a smaller one');
      return { waitMs: 0 };
    }
    const { code, message } = reasonOf(answer);
    log.warn({ seq: only.seq, code, reason: message }, 'the server refused a result; it is in the dead letter');
    spool.forget(only.seq, [{ seq: only.seq, code, message }]);
    this.#refusedInARow += 1;
    const beyond = this.#refusedInARow - REFUSED_IN_A_ROW;
    return { waitMs: beyond < 0 ? 0 : backoffMs(beyond, BACKOFF, random) };
  }

  #failed(facts: object, message: string, retryAfter: string | null): Step {
    const { clock, random, log } = this.#options;
    const asked = Math.min(retryAfterMs(retryAfter, clock.now()) ?? 0, LONGEST_RETRY_AFTER_MS);
    // Spread beyond what the server asked for, so that a fleet does not come back at one instant.
    const waitMs = Math.max(1, asked + backoffMs(this.#failures, BACKOFF, random));
    // Said once an outage, not once a try.
    log[this.#failures === 0 ? 'warn' : 'debug']({ ...facts, waitMs }, `${message}; they wait in the spool`);
    this.#failures += 1;
    return { waitMs };
  }

  #bodyOf(batch: readonly Spooled[]): string {
    // Each body is a JSON object's text, so its number goes in without parsing it again.
    const results = batch.map(({ seq, body }) => (body === '{}' ? `{"seq":${seq}}` : `{"seq":${seq},${body.slice(1)}`));
    const { spool, clockOffsetMs } = this.#options;
    return `{"epoch":${JSON.stringify(spool.epoch)},"clock_offset_ms":${JSON.stringify(clockOffsetMs())},"results":[${results.join(',')}]}`;
  }
}

function refusalsOf(answer: BatchAnswer, batch: readonly Spooled[]): Refused[] {
  return answer.refused.flatMap(({ index, seq, code, message }) => {
    const known = seq ?? batch[index]?.seq;
    return known === undefined ? [] : [{ seq: known, code, message: message.slice(0, 500) }];
  });
}

function parseAnswer(answer: HttpAnswer): BatchAnswer | null {
  return batchAnswer.safeParse(parseJson(answer.text)).data ?? null;
}

/** A 400 from something between us and the server says nothing about the result. */
function isOurs(answer: HttpAnswer): boolean {
  return errorBody.safeParse(parseJson(answer.text)).success;
}

function reasonOf(answer: HttpAnswer): { code: string; message: string } {
  const parsed = errorBody.safeParse(parseJson(answer.text));
  if (parsed.success) return { code: parsed.data.error.code, message: parsed.data.error.message.slice(0, 500) };
  return { code: `http_${answer.status}`, message: `HTTP ${answer.status}` };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Sleeps until the time has passed or a signal aborts; either is fine. */
async function wait(ms: number, clock: Clock, signals: readonly AbortSignal[]): Promise<void> {
  using either = new LinkedAbort(...signals);
  while (!either.signal.aborted) {
    const part = Math.min(ms, LONGEST_SLEEP_MS);
    const slept = await clock.sleep(part, either.signal).then(
      () => true,
      () => false,
    );
    if (!slept || part === ms) return;
  }
}
