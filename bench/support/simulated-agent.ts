import { randomBytes } from 'node:crypto';
import { Control } from '../../src/agent/control.ts';
import { HttpClient } from '../../src/agent/http-client.ts';
import type { Identity } from '../../src/agent/identity.ts';
import { silentLog } from '../../src/agent/log.ts';
import { defaultPolicy } from '../../src/agent/policy/policy.ts';
import { measuredResult, type Run } from '../../src/agent/record.ts';
import { Scheduler } from '../../src/agent/scheduler.ts';
import { Uplink } from '../../src/agent/uplink.ts';
import { systemClock } from '../../src/util/clock.ts';
import { systemRandom } from '../../src/util/random.ts';
import { uuid7, UUID7_RANDOM_BYTES } from '../../src/util/uuid7.ts';
import { MemorySpool } from './memory-spool.ts';

/** How long a measurement takes here. */
const RUN_MS = 50;
const REPLIES = 10;

/** What a simulated agent was told, and what it holds, since the last mark. */
export interface AgentView {
  readonly welcomed: boolean;
  readonly heartbeatAnswered: boolean;
  /** Age of the oldest result that waits, milliseconds; 0 where none does. */
  readonly waitingMs: number;
  readonly pending: number;
}

/**
 * An agent of which only the measuring and the disk are not real: its control connection, its schedule and its uplink
 * are the agent's own parts.
 */
export class SimulatedAgent {
  readonly identity: Identity;
  /** Ids of everything it measured, by number: place 0 holds number 1. */
  readonly ids: string[] = [];
  readonly #spool = new MemorySpool();
  readonly #http = new HttpClient();
  readonly #measuring = new AbortController();
  readonly #talking = new AbortController();
  readonly #open = new Set<Promise<void>>();
  readonly #uplink: Uplink;
  readonly #control: Control;
  readonly #scheduler: Scheduler;
  readonly #parts: Promise<unknown>[] = [];
  #scheduleVersion: string | null = null;
  #welcomes = 0;
  #answers = 0;

  constructor(identity: Identity) {
    this.identity = identity;
    const { credential, agentId } = identity;
    const server = new URL(identity.server);
    const common = { server, credential, clock: systemClock, random: systemRandom, log: silentLog };
    const marks = new Set<string>();
    this.#scheduler = new Scheduler({
      agentId,
      clock: systemClock,
      now: () => systemClock.now(),
      policy: defaultPolicy,
      marks: {
        has: (mark) => marks.has(mark),
        add: (mark) => void marks.add(mark),
        retain: (kept) => marks.forEach((mark) => kept.has(mark) || marks.delete(mark)),
      },
      start: (run) => this.#start(run),
      skip: () => undefined,
    });
    this.#uplink = new Uplink({
      ...common,
      ...{ http: this.#http, spool: this.#spool, clockOffsetMs: () => 0 },
      onUnauthorized: () => this.#control.recheck(),
      onDelivered: () => this.#control.hurry(),
    });
    this.#control = new Control({
      ...common,
      facts: {
        ...{ version: '0.0.0', platform: 'bench', labels: null, advertise: null, listening: () => null },
        leases: () => [],
        capabilities: () => Promise.resolve({ ping: { available: true, tool: 'simulated', version: null, note: null } }),
        spool: () => this.#spool.state(),
        scheduleVersion: () => this.#scheduleVersion,
        running: () => this.#open.size,
        scheduled: () => this.#scheduler.scheduled,
      },
      events: {
        onWelcome: () => {
          this.#welcomes += 1;
          this.#uplink.resume();
        },
        onSchedule: ({ version, assignments }) => {
          this.#scheduleVersion = version;
          this.#scheduler.apply(assignments);
        },
        onRunNow: (jobIds) => this.#scheduler.runNow(jobIds),
        onLease: () => undefined,
        // Comes with the welcome and with each answer to a heartbeat.
        onClockOffset: () => (this.#answers += 1),
      },
    });
  }

  /** Connects, and does what the server says. */
  start(): void {
    this.#parts.push(
      this.#scheduler.run(this.#measuring.signal),
      this.#uplink.run(this.#talking.signal),
      this.#control.run(this.#talking.signal).then((end) => {
        if (end === 'revoked') throw new Error(`${this.identity.name} was told that it is revoked`);
      }),
    );
  }

  /** From now on the view tells of what came after this. */
  mark(): void {
    this.#welcomes = 0;
    this.#answers = 0;
  }

  view(now: number): AgentView {
    const { oldestAt } = this.#spool;
    return {
      welcomed: this.#welcomes > 0,
      heartbeatAnswered: this.#answers > this.#welcomes,
      waitingMs: oldestAt === null ? 0 : now - oldestAt,
      pending: this.#spool.state().pending,
    };
  }

  /** Measures nothing more; the last runs end. */
  async stopMeasuring(): Promise<void> {
    this.#measuring.abort();
    await Promise.all(this.#open);
  }

  /** What the server has said of what this agent measured. */
  ledger(): { lastSeq: number; acknowledged: number; refused: number } {
    const { lastSeq, acknowledged, refused } = this.#spool;
    return { lastSeq, acknowledged, refused: refused.length };
  }

  async stop(): Promise<void> {
    this.#measuring.abort();
    this.#talking.abort();
    await Promise.all(this.#parts);
    this.#http.close();
  }

  #start(run: Run): Promise<void> {
    const measuring = this.#measure(run).finally(() => this.#open.delete(measuring));
    this.#open.add(measuring);
    return measuring;
  }

  async #measure(run: Run): Promise<void> {
    const startedAt = systemClock.now();
    await systemClock.sleep(RUN_MS);
    const now = systemClock.now();
    const replies = Array.from({ length: REPLIES }, (_, seq) => ({ seq, rtt_ms: 10 + systemRandom() * 12, ttl: 57 }));
    const measured = {
      ...({ startedAt, durationMs: now - startedAt, status: 'success', failure: null } as const),
      metrics: { rtt_avg_ms: 16, rtt_min_ms: 10, rtt_max_ms: 22, jitter_ms: systemRandom(), packet_loss_pct: 0 },
      details: { tool: 'simulated', address: '127.0.0.1', replies, resolution_ms: 0.01, errors: [] },
    };
    const id = uuid7(now, randomBytes(UUID7_RANDOM_BYTES));
    this.ids.push(id);
    this.#spool.add(measuredResult(run, measured, { id, clockOffsetMs: 0 }), now);
  }
}
