import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import { Client } from 'undici';
import { BATCH, BatchBody, type Sender } from './batch-body.ts';

/** What the load process is told: it posts, each sender over one connection, the next batch when the last is answered. */
export interface LoadPlan {
  readonly url: string;
  readonly path: string;
  readonly senders: readonly Sender[];
  /** Compressed before the clock starts, as agents compress on their own machines. */
  readonly gzip: boolean;
  /** Batches each sender posts before the clock starts. */
  readonly warmUpBatches: number;
  /** No batch is begun later than this after the clock has started. */
  readonly forMs: number;
  readonly mostBatches: number;
}

export interface LoadOutcome {
  /** From the first batch to the last answer. */
  readonly seconds: number;
  /** Results answered as stored within that time. */
  readonly stored: number;
  readonly duplicates: number;
  readonly refused: number;
  /** Batches that each sender had answered, warm-up included. */
  readonly batches: readonly number[];
  readonly bytes: number;
  /** Time from handing a batch to the client until its answer is read, ascending. */
  readonly answersMs: readonly number[];
  /** CPU time of the load process. */
  readonly cpuMs: number;
}

/** `ready` after the warm-up; `go` starts the clock. */
export type FromLoad = { readonly type: 'ready' } | { readonly type: 'done'; readonly outcome: LoadOutcome };
export type ToLoad = { readonly type: 'plan'; readonly plan: LoadPlan } | { readonly type: 'go' };

interface Answer {
  readonly stored: number;
  readonly duplicates: number;
  readonly refused: readonly unknown[];
}

class Line {
  batches = 0;
  stored = 0;
  duplicates = 0;
  refused = 0;
  bytes = 0;
  readonly answersMs: number[] = [];
  readonly #client: Client;
  readonly #plan: LoadPlan;
  readonly #sender: Sender;
  readonly #body: BatchBody;
  readonly #prepared: Buffer[] = [];

  constructor(plan: LoadPlan, sender: Sender, seed: number) {
    this.#plan = plan;
    this.#sender = sender;
    this.#client = new Client(plan.url, { pipelining: 1, bodyTimeout: 60_000, headersTimeout: 60_000 });
    this.#body = new BatchBody(sender, seed);
    if (plan.gzip) for (let n = 0; n < plan.mostBatches; n++) this.#prepared.push(gzipSync(this.#body.batch(n)));
  }

  async post(): Promise<void> {
    const body = this.#plan.gzip ? this.#prepared[this.batches] : this.#body.batch(this.batches);
    if (body === undefined) throw new Error('no batch is prepared any more');
    const begin = performance.now();
    const answer = await this.#client.request({
      method: 'POST',
      path: this.#plan.path,
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${this.#sender.bearer}`,
        ...(this.#plan.gzip && { 'content-encoding': 'gzip' }),
      },
      body,
    });
    const text = await answer.body.text();
    this.answersMs.push(performance.now() - begin);
    if (answer.statusCode !== 200) throw new Error(`HTTP ${answer.statusCode}: ${text.slice(0, 500)}`);
    const { stored, duplicates, refused } = JSON.parse(text) as Answer;
    this.batches += 1;
    this.stored += stored;
    this.duplicates += duplicates;
    this.refused += refused.length;
    this.bytes += body.length;
  }

  forgetFigures(): void {
    this.stored = this.duplicates = this.refused = this.bytes = 0;
    this.answersMs.length = 0;
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

async function main(): Promise<void> {
  const say = (message: FromLoad): void => void process.send?.(message);
  const hear = async (): Promise<ToLoad> => ((await once(process, 'message')) as [ToLoad])[0];
  const first = await hear();
  if (first.type !== 'plan') throw new Error('expected a plan first');
  const { plan } = first;
  const lines = plan.senders.map((sender, i) => new Line(plan, sender, i + 1));
  await Promise.all(
    lines.map(async (line) => {
      while (line.batches < plan.warmUpBatches) await line.post();
    }),
  );
  const warmUp = sum(lines, (line) => line.stored);
  if (warmUp !== lines.length * plan.warmUpBatches * BATCH) throw new Error(`the warm-up stored ${warmUp} results`);
  for (const line of lines) line.forgetFigures();
  const going = hear();
  say({ type: 'ready' });
  await going;

  const begin = performance.now();
  const cpu = process.cpuUsage();
  await Promise.all(
    lines.map(async (line) => {
      while (performance.now() - begin < plan.forMs && line.batches < plan.mostBatches) await line.post();
    }),
  );
  const seconds = (performance.now() - begin) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  say({
    type: 'done',
    outcome: {
      seconds,
      stored: sum(lines, (line) => line.stored),
      duplicates: sum(lines, (line) => line.duplicates),
      refused: sum(lines, (line) => line.refused),
      batches: lines.map((line) => line.batches),
      bytes: sum(lines, (line) => line.bytes),
      answersMs: lines.flatMap((line) => line.answersMs).sort((a, b) => a - b),
      cpuMs: (user + system) / 1000,
    },
  });
  await Promise.all(lines.map((line) => line.close()));
  process.disconnect();
}

function sum(lines: readonly Line[], of: (line: Line) => number): number {
  return lines.reduce((total, line) => total + of(line), 0);
}

await main();
