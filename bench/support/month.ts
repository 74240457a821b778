import { randomBytes } from 'node:crypto';
import { formatInstant } from '../../src/model/instant.ts';
import type { ResultWire } from '../../src/model/result.ts';
import { runId } from '../../src/model/run.ts';
import type { ResultRow, ResultsStore } from '../../src/store/results/results-store.ts';
import { seededRandom, type Random } from '../../src/util/random.ts';
import { uuid7, UUID7_RANDOM_BYTES } from '../../src/util/uuid7.ts';
import type { Fleet } from './api.ts';

/** Each agent measures each of its lines once a minute. */
export const INTERVAL_MS = 60_000;
/** Results that wait for one transaction of the store. */
const STEP_MS = 3_600_000;
const PACKETS = 10;
const EPOCH = 'month';

/** One line of an agent's schedule. */
interface Line {
  readonly kind: 'ping' | 'dns' | 'http' | 'system';
  readonly destinationId: number | null;
}

/** Every destination is pinged; besides, each agent asks one name, fetches one page and looks at itself. */
function linesOf({ destinations }: Fleet): Line[] {
  const first = destinations[0]?.id ?? null;
  return [
    ...destinations.map(({ id }): Line => ({ kind: 'ping', destinationId: id })),
    { kind: 'dns', destinationId: first },
    { kind: 'http', destinationId: first },
    { kind: 'system', destinationId: null },
  ];
}

export function resultsPerMinute(fleet: Fleet): number {
  return fleet.agents.length * linesOf(fleet).length;
}

/** Fills a store with what the fleet measured from `from` until `to`, in the order it would have come; answers how many. */
export async function fillStore(store: ResultsStore, fleet: Fleet, { from, to }: { from: number; to: number }): Promise<number> {
  const random = seededRandom(7);
  const lines = linesOf(fleet);
  const sent = fleet.agents.map(() => 0);
  for (let at = from; at < to; at += STEP_MS) {
    await Promise.all(
      fleet.agents.map(({ id: agentId }, i) => {
        const rows: ResultRow[] = [];
        for (let minute = at; minute < Math.min(to, at + STEP_MS); minute += INTERVAL_MS) {
          for (const [n, line] of lines.entries()) {
            // Spread over the minute, as the agent spreads its starts.
            rows.push(rowOf({ agentId, jobId: fleet.jobId, line, at: minute + n * 7000 + i * 300 }, random));
          }
        }
        const first = (sent[i] ?? 0) + 1;
        sent[i] = first + rows.length - 1;
        return store.appendSpool({ agentId, epoch: EPOCH, rows, seqs: rows.map((_, n) => first + n), through: sent[i] ?? 0 });
      }),
    );
  }
  return sent.reduce((sum, count) => sum + count, 0);
}

/** The same measurement as an agent sends it. */
export function wirePing(planned: { agentId: number; jobId: number; destinationId: number; at: number }, random: Random): ResultWire {
  const row = rowOf({ ...planned, line: { kind: 'ping', destinationId: planned.destinationId } }, random);
  return {
    id: row.id,
    run: row.run,
    planned_at: row.plannedAt === null ? null : formatInstant(row.plannedAt),
    started_at: formatInstant(row.startedAt),
    duration_ms: row.durationMs,
    clock_offset_ms: row.clockOffsetMs,
    kind: row.kind,
    destination: row.destinationId,
    job: row.jobId,
    status: row.status,
    failure: row.failure,
    metrics: row.metrics,
    labels: row.labels,
    details: row.details,
  };
}

interface Planned {
  readonly agentId: number;
  readonly jobId: number;
  readonly line: Line;
  readonly at: number;
}

function rowOf({ agentId, jobId, line, at }: Planned, random: Random): ResultRow {
  const { kind, destinationId } = line;
  const startedAt = at + Math.floor(random() * 200);
  const timedOut = kind !== 'system' && random() < 0.003;
  const measured = timedOut
    ? { durationMs: 6500, metrics: kind === 'ping' ? { packet_loss_pct: 100, packets_sent: PACKETS, packets_received: 0 } : {}, details: {} }
    : measure(line, random);
  return {
    id: uuid7(startedAt, randomBytes(UUID7_RANDOM_BYTES)),
    run: runId({ jobId, revision: 1, agentId, destinationId, kind }, at),
    plannedAt: at,
    startedAt,
    clockOffsetMs: Math.round(random() * 6 - 3),
    kind,
    agentId,
    destinationId,
    jobId,
    status: timedOut ? 'timeout' : 'success',
    failure: timedOut ? { source: 'target', code: 'timeout', message: 'no reply within 2000 ms' } : null,
    labels: {},
    ...measured,
  };
}

type Measured = Pick<ResultRow, 'durationMs' | 'metrics' | 'details'>;

function measure({ kind, destinationId }: Line, random: Random): Measured {
  switch (kind) {
    case 'ping':
      return ping(destinationId ?? 0, random);
    case 'dns':
      return {
        durationMs: round(4 + random() * 20),
        metrics: { lookup_ms: round(2 + random() * 18), answers: 1 },
        details: {
          server: '192.0.2.53:53',
          name: 'www.example.org',
          type: 'A',
          transport: 'udp',
          rcode: 'NOERROR',
          records: [{ name: 'www.example.org', type: 'A', ttl: Math.floor(random() * 3600), data: '192.0.2.80' }],
          loop_lag_ms: round(random()),
        },
      };
    case 'http': {
      const connect = 8 + random() * 10;
      const ttfb = 20 + random() * 60;
      return {
        durationMs: round(connect * 3 + ttfb + 9),
        metrics: {
          total_ms: round(connect * 3 + ttfb + 8),
          dns_ms: round(1 + random() * 9),
          connect_ms: round(connect),
          tls_ms: round(connect * 1.8),
          ttfb_ms: round(ttfb),
          status_code: 200,
          bytes: 15_000 + Math.floor(random() * 500),
          cert_days_left: 61,
        },
        details: { url: 'https://www.example.org/', address: '192.0.2.80', http_version: '1.1', truncated: false, loop_lag_ms: round(random()) },
      };
    }
    case 'system':
      return {
        durationMs: round(1003 + random() * 9),
        metrics: {
          cpu_pct: round(random() * 60),
          load1: round(random() * 3),
          memory_pct: round(40 + random() * 5),
          memory_used_mb: 3200 + Math.floor(random() * 400),
          disk_pct: 37.5,
          disk_free_mb: 120_000 - Math.floor(random() * 900),
          net_rx_mbps: round(random() * 40),
          net_tx_mbps: round(random() * 12),
          uptime_s: 1_000_000,
        },
        details: {
          cores: 4,
          platform: 'linux',
          interfaces: [{ name: 'eth0', rx_mbps: round(random() * 40), tx_mbps: round(random() * 12), speed_mbps: 1000 }],
        },
      };
  }
}

function ping(destinationId: number, random: Random): Measured {
  const base = 4 + destinationId * 6;
  const replies = Array.from({ length: PACKETS }, (_, seq) => ({
    seq,
    rtt_ms: random() < 0.004 ? null : round(base + random() ** 4 * 30 + random()),
    ttl: 57,
  }));
  const times = replies.flatMap(({ rtt_ms }) => (rtt_ms === null ? [] : [rtt_ms]));
  const sorted = times.toSorted((a, b) => a - b);
  const mean = times.reduce((sum, one) => sum + one, 0) / times.length;
  const steps = times.slice(1).map((one, i) => Math.abs(one - (times[i] ?? one)));
  return {
    durationMs: round(4500 + mean),
    metrics: {
      rtt_avg_ms: mean,
      rtt_min_ms: sorted[0] ?? mean,
      rtt_median_ms: sorted[sorted.length >> 1] ?? mean,
      rtt_max_ms: sorted.at(-1) ?? mean,
      rtt_stddev_ms: Math.sqrt(times.reduce((sum, one) => sum + (one - mean) ** 2, 0) / Math.max(1, times.length - 1)),
      jitter_ms: steps.reduce((sum, one) => sum + one, 0) / Math.max(1, steps.length),
      packet_loss_pct: ((PACKETS - times.length) / PACKETS) * 100,
      packets_sent: PACKETS,
      packets_received: times.length,
    },
    details: { tool: 'fping', address: `192.0.2.${destinationId}`, replies, resolution_ms: 0.01, errors: [] },
  };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
