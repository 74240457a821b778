import type { Fleet } from './api.ts';
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
  /** Packets told of one by one in the details of each result, as a ping has them; 0 leaves the details empty. */
  readonly replies: number;
}

/** Batches lie in the past, within the 14 days that an agent's results may be late. */
const BEGIN_BEFORE_NOW_S = 12 * 3600;

/** A fleet whose spools are full: each agent sends what it measured of one destination. */
export function spoolSenders({ agents, destinations, jobId }: Fleet): Sender[] {
  const firstSecond = Math.floor(Date.now() / 1000) - BEGIN_BEFORE_NOW_S;
  return agents.map(({ id, name, credential }, i) => ({
    bearer: credential,
    epoch: 'bench',
    agentId: id,
    agentName: name,
    destinationId: destinations[i % destinations.length]?.id ?? 1,
    jobId,
    firstSecond,
    replies: 0,
  }));
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
  /** First of the three decimals of each measured value. */
  readonly decimals: readonly number[];
}

/** Hexadecimal digits of an id that are chance and nothing else: the last twelve. */
const ID_TAIL = 24;
const HEX = Buffer.from('0123456789abcdef');

/**
 * Bodies of a sender's batches. The text is made once, as an agent would write it; each next batch writes its own
 * sequence numbers, ids, instants and decimals of the values over it, which costs a fraction of a microsecond a
 * result: what is measured is the server, not this. A batch of one number is always the same.
 */
export class BatchBody {
  readonly #sender: Sender;
  readonly #text: Buffer;
  readonly #seed: number;
  readonly #places: Places[] = [];

  constructor(sender: Sender, seed: number) {
    this.#sender = sender;
    this.#seed = seed;
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
        decimals: [...one.matchAll(/\.(?=\d{3}[,}])/g)].map((match) => at + match.index + 1),
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
    const random = xorshift(this.#seed * 1_000_003 + n);
    for (const [i, { seq, id, run, plannedAt, startedAt, decimals }] of this.#places.entries()) {
      for (const at of decimals) {
        const bits = random();
        for (let digit = 0; digit < 3; digit++) text[at + digit] = 48 + (((bits >>> (digit * 8)) & 0xff) % 10);
      }
      text.write(iso, startedAt, 'latin1');
      if (seq < 0) continue;
      text.write(String(FIRST_SEQ + n * BATCH + i), seq, 'latin1');
      const time = (second * 1000 + i).toString(16).padStart(12, '0');
      text.write(`${time.slice(0, 8)}-${time.slice(8)}`, id, 'latin1');
      const [high, low] = [random(), random()];
      for (let digit = 0; digit < 12; digit++) {
        text[id + ID_TAIL + digit] = HEX[((digit < 6 ? high : low) >>> ((digit % 6) * 4)) & 0xf] as number;
      }
      text.write(String(second), run, 'latin1');
      text.write(iso, plannedAt, 'latin1');
    }
    return text;
  }
}

/** 32 bits of chance a call (Marsaglia, Xorshift RNGs, 2003); quicker than what a number from 0 to 1 costs. */
function xorshift(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** What the agent writes for a ping: see `src/agent/record.ts`. */
function spooledResult({ agentId, destinationId, jobId, replies }: Sender, i: number, random: () => number): string {
  const series = { jobId, revision: 1, agentId, destinationId, kind: 'ping' };
  const at = `2026-01-01T00:00:00.${String(i).padStart(3, '0')}Z`;
  const header = {
    seq: FIRST_SEQ,
    id: uuid7(0, randomBytes(UUID7_RANDOM_BYTES)),
    run: runId(series, 1_700_000_000_000 + i),
    planned_at: at,
    started_at: at,
  };
  const { rest, metrics } = measured(random);
  return `${JSON.stringify(header).slice(0, -1)},${rest},"kind":"ping","destination":${destinationId},"job":${jobId},"status":"success","failure":null,"metrics":${metrics},"labels":{},"details":${detailsOf(replies, random)}}`;
}

/** What another program posts: by names, without an id. */
function foreignResult({ agentName, destinationId }: Sender, i: number, random: () => number): string {
  const header = {
    agent: agentName,
    destination: `destination-${destinationId}`,
    kind: 'ping',
    started_at: `2026-01-01T00:00:00.${String(i).padStart(3, '0')}Z`,
    status: 'success',
  };
  return `${JSON.stringify(header).slice(0, -1)},"metrics":${measured(random).metrics},"labels":{"site":"north"}}`;
}

function detailsOf(replies: number, random: () => number): string {
  if (replies === 0) return '{}';
  const list = Array.from({ length: replies }, (_, seq) => `{"seq":${seq},"rtt_ms":${(10 + random() * 12).toFixed(3)},"ttl":57}`);
  return `{"tool":"fping","address":"192.0.2.1","replies":[${list.join(',')}],"resolution_ms":0.01,"errors":[]}`;
}

/** Every measured value has three decimals, so that it keeps its width. */
function measured(random: () => number): { rest: string; metrics: string } {
  const average = 10 + random() * 12;
  const spread = random() * 2;
  const loss = random() < 0.02 ? 10 : 0;
  return {
    rest: `"duration_ms":${(4500 + random() * 100).toFixed(3)},"clock_offset_ms":2`,
    metrics: `{"rtt_avg_ms":${average.toFixed(3)},"rtt_min_ms":${(average - spread).toFixed(3)},"rtt_max_ms":${(average + spread).toFixed(3)},"jitter_ms":${(spread / 3).toFixed(3)},"packet_loss_pct":${loss}}`,
  };
}
