import { randomBytes } from 'node:crypto';
import { runId } from '../../src/model/run.ts';
import { seededRandom } from '../../src/util/random.ts';
import { uuid7, UUID7_RANDOM_BYTES } from '../../src/util/uuid7.ts';

export const BATCH = 1000;

/** One sender of batches: an agent with its spool's epoch, or somebody with a write token. */
export interface Sender {
  /** Secret of the authorization header. */
  readonly bearer: string;
  /** Null: posts without epoch, sequence numbers and ids, and names its agent. */
  readonly epoch: string | null;
  readonly agentId: number;
  readonly agentName: string;
  readonly destinationId: number;
  readonly jobId: number;
  /** Second since the epoch that batch 0 covers: batch n covers the second n later, with one result each millisecond. */
  readonly firstSecond: number;
}

/** Sequence numbers begin here, so that all of a run have one width and can be written over. */
const FIRST_SEQ = 1_000_001;

/** Where the parts that differ from batch to batch stand in the text of one result; -1 where it has none. */
interface Places {
  readonly seq: number;
  readonly id: number;
  readonly run: number;
  readonly plannedAt: number;
  readonly startedAt: number;
}

/**
 * Bodies of a sender's batches. The text is made once, as an agent would write it; each next batch writes its own
 * sequence numbers, ids and instants over it, which costs a fraction of a microsecond a result: what is measured is
 * the server, not this.
 */
export class BatchBody {
  readonly #sender: Sender;
  readonly #text: Buffer;
  readonly #places: Places[] = [];

  constructor(sender: Sender, seed: number) {
    this.#sender = sender;
    const random = seededRandom(seed);
    let text = sender.epoch === null ? '{"results":[' : `{"epoch":${JSON.stringify(sender.epoch)},"clock_offset_ms":2,"results":[`;
    for (let i = 0; i < BATCH; i++) {
      if (i > 0) text += ',';
      const at = text.length;
      const one = sender.epoch === null ? foreignResult(sender, i, random) : spooledResult(sender, i, random);
      const place = (mark: string): number => {
        const found = one.indexOf(mark);
        return found < 0 ? -1 : at + found + mark.length;
      };
      this.#places.push({
        seq: place('"seq":'),
        id: place('"id":"'),
        run: place('-ping-'),
        plannedAt: place('"planned_at":"'),
        startedAt: place('"started_at":"'),
      });
      text += one;
    }
    this.#text = Buffer.from(`${text}]}`, 'latin1');
  }

  /** The body of batch n. The buffer is this object's own: it holds until the next call. */
  batch(n: number): Buffer {
    const second = this.#sender.firstSecond + n;
    const iso = new Date(second * 1000).toISOString().slice(0, 19);
    const text = this.#text;
    for (const [i, { seq, id, run, plannedAt, startedAt }] of this.#places.entries()) {
      text.write(iso, startedAt, 'latin1');
      if (seq < 0) continue;
      text.write(String(FIRST_SEQ + n * BATCH + i), seq, 'latin1');
      const time = (second * 1000 + i).toString(16).padStart(12, '0');
      text.write(`${time.slice(0, 8)}-${time.slice(8)}`, id, 'latin1');
      text.write(String(second), run, 'latin1');
      text.write(iso, plannedAt, 'latin1');
    }
    return text;
  }
}

/** What the agent writes for a ping: see `src/agent/record.ts`. */
function spooledResult({ agentId, destinationId, jobId }: Sender, i: number, random: () => number): string {
  const series = { jobId, revision: 1, agentId, destinationId, kind: 'ping' };
  return JSON.stringify({
    seq: FIRST_SEQ,
    id: uuid7(0, randomBytes(UUID7_RANDOM_BYTES)),
    run: runId(series, 1_700_000_000_000),
    planned_at: '2026-01-01T00:00:00.000Z',
    started_at: `2026-01-01T00:00:00.${String(i).padStart(3, '0')}Z`,
    duration_ms: 4500 + Math.round(random() * 100_000) / 1000,
    clock_offset_ms: 2,
    kind: 'ping',
    destination: destinationId,
    job: jobId,
    status: 'success',
    failure: null,
    metrics: fiveMetrics(random),
    labels: {},
    details: {},
  });
}

/** What another program posts: by names, without an id. */
function foreignResult({ agentName, destinationId }: Sender, i: number, random: () => number): string {
  return JSON.stringify({
    agent: agentName,
    destination: `destination-${destinationId}`,
    kind: 'ping',
    started_at: `2026-01-01T00:00:00.${String(i).padStart(3, '0')}Z`,
    status: 'success',
    metrics: fiveMetrics(random),
    labels: { site: 'north' },
  });
}

function fiveMetrics(random: () => number): Record<string, number> {
  const average = 8 + random() * 12;
  const spread = random() * 2;
  const round = (value: number): number => Math.round(value * 1000) / 1000;
  return {
    rtt_avg_ms: round(average),
    rtt_min_ms: round(average - spread),
    rtt_max_ms: round(average + spread),
    jitter_ms: round(spread / 3),
    packet_loss_pct: random() < 0.02 ? 10 : 0,
  };
}
