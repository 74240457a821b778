import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatInstant } from '../../src/model/instant.ts';
import { RESULTS_PATH } from '../../src/protocol/batch.ts';
import type { Random } from '../../src/util/random.ts';
import { Api } from './api.ts';

export interface SpoolSenderOptions {
  readonly url: string;
  readonly agentId: number;
  readonly credential: string;
  /** Instant of the first result; each later one is a millisecond after. */
  readonly startedAt: number;
  readonly random: Random;
}

const LARGEST_BATCH = 200;
const LONGEST_PAUSE_MS = 30;

/**
 * Sends results without end as an agent's spool does: in order, one batch at a time, from the first that is not
 * acknowledged. A batch sent again is cut elsewhere, so that it overlaps what may have arrived. Its numbers are the ledger.
 */
export class SpoolSender {
  readonly agentId: number;
  /** Numbers handed to the network so far: noted before each sending. */
  sent = 0;
  /** Numbers the server said are durable. */
  acknowledged = 0;
  /** Answers of the server that no agent should ever get. */
  readonly surprises: string[] = [];
  /** Results the server already had when they came again. */
  repeated = 0;
  /** Whether a batch is on its way at this moment. */
  inFlight = false;
  readonly #options: SpoolSenderOptions;
  readonly #epoch: string;
  readonly #api: Api;

  constructor(options: SpoolSenderOptions) {
    this.#options = options;
    this.agentId = options.agentId;
    this.#epoch = `epoch-${options.agentId}`;
    this.#api = new Api(options.url, options.credential);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { random } = this.#options;
    while (!signal.aborted) {
      await this.#sendOne(1 + Math.floor(random() * LARGEST_BATCH));
      await sleep(random() * LONGEST_PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #sendOne(size: number): Promise<void> {
    const first = this.acknowledged + 1;
    const last = this.acknowledged + size;
    const results = Array.from({ length: size }, (_, i) => ({ seq: first + i, ...this.resultOf(first + i) }));
    this.sent = Math.max(this.sent, last);
    this.inFlight = true;
    try {
      const { status, body } = await this.#api.post(RESULTS_PATH, { epoch: this.#epoch, results });
      if (status !== 200 || body.refused.length > 0 || body.acknowledged !== last || size - body.duplicates !== body.stored) {
        this.surprises.push(`HTTP ${status} ${JSON.stringify(body)} for ${first} to ${last}`);
        return;
      }
      this.acknowledged = last;
      this.repeated += Number(body.duplicates);
    } catch {
      // The server is away, or went away before it answered: sent again.
    } finally {
      this.inFlight = false;
    }
  }

  /** The result of a number: everything in it follows from the number, so that a damaged one is told. */
  resultOf(number: number): Record<string, unknown> {
    return {
      id: this.idOf(number),
      started_at: formatInstant(this.#options.startedAt + number),
      duration_ms: number / 4,
      kind: 'ping',
      status: 'success',
      metrics: { rtt_avg_ms: number / 8, packet_loss_pct: number % 100 },
      labels: { site: `s${number % 5}` },
      details: { number },
    };
  }

  idOf(number: number): string {
    const hex = createHash('sha256').update(`${this.agentId}/${number}`).digest('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  }
}
