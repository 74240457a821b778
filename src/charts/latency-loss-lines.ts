import type { SeriesAnswer } from '../model/series.ts';
import type { MetricDefinition } from '../model/units.ts';
import type { ChartTheme } from './theme.ts';

/** One bucket of one agent: latency and loss side by side. */
export interface LatencyLossPoint {
  /** Start of the bucket, and the instant it is drawn at: its middle, or the end of the range where that is earlier. */
  readonly at: number;
  readonly drawnAt: number;
  /** Latency; null where nothing answered. */
  readonly p5: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly min: number | null;
  readonly max: number | null;
  /** Loss in the bucket; null where no run of it could say. */
  readonly lossMean: number | null;
  readonly lossMax: number | null;
  /** Runs that carry the loss. */
  readonly lossCount: number;
  readonly runs: number;
  readonly failures: number;
}

/** What one agent saw of the destination, ascending in time. */
export interface LatencyLossLine {
  readonly agent: string;
  readonly points: readonly LatencyLossPoint[];
}

export interface LatencyLossAnswers {
  readonly latency: SeriesAnswer;
  readonly loss: SeriesAnswer;
}

export interface LatencyLossChart extends LatencyLossAnswers {
  readonly latencyMetric: MetricDefinition;
  readonly lossMetric: MetricDefinition;
}

export interface LatencyLossLook {
  readonly theme: ChartTheme;
  readonly font: string;
  readonly scale: 'linear' | 'log';
  /** Narrow: no labels at the lines' ends, fewer ticks. */
  readonly compact: boolean;
  /** Instants as UTC; else as the reader's own time. */
  readonly utc: boolean;
}

/** Joins the two answers by agent and bucket. Agents come by id, so that a line keeps its colour when another joins. */
export function latencyLossLines({ latency, loss }: LatencyLossAnswers): LatencyLossLine[] {
  const bucketMs = latency.bucket_s * 1000;
  const agents = new Map([...latency.items, ...loss.items].map((item) => [item.agent_id, item.agent]));
  return [...agents.entries()]
    .sort(([a], [b]) => a - b)
    .map(([agentId, agent]) => {
      const rtt = latency.items.find((item) => item.agent_id === agentId);
      const lost = loss.items.find((item) => item.agent_id === agentId);
      const rttAt = new Map(rtt?.at.map((at, i) => [at, i]));
      const lostAt = new Map(lost?.at.map((at, i) => [at, i]));
      const buckets = [...new Set([...rttAt.keys(), ...lostAt.keys()])].sort((a, b) => a - b);
      return {
        agent,
        points: buckets.map((at) => {
          const i = rttAt.get(at) ?? -1;
          const k = lostAt.get(at) ?? -1;
          return {
            at,
            drawnAt: Math.max(at, Math.min(at + bucketMs / 2, latency.to)),
            p5: rtt?.p5[i] ?? null,
            p50: rtt?.p50[i] ?? null,
            p95: rtt?.p95[i] ?? null,
            min: rtt?.min[i] ?? null,
            max: rtt?.max[i] ?? null,
            lossMean: lost?.mean[k] ?? null,
            lossMax: lost?.max[k] ?? null,
            lossCount: lost?.count[k] ?? 0,
            runs: lost?.runs[k] ?? rtt?.runs[i] ?? 0,
            failures: lost?.failures[k] ?? rtt?.failures[i] ?? 0,
          };
        }),
      };
    });
}

/** Exact figures of the whole range. There is no median: that of the range does not follow from those of its buckets. */
export interface LatencyLossSummary {
  readonly runs: number;
  readonly failures: number;
  /** Median of the newest bucket that has one, the highest over the agents. */
  readonly latest: number | null;
  readonly min: number | null;
  readonly max: number | null;
  /** Mean of the runs' losses. */
  readonly lossMean: number | null;
  readonly lossMax: number | null;
}

export function summariseLatencyLoss(lines: readonly LatencyLossLine[]): LatencyLossSummary {
  const points = lines.flatMap((line) => line.points);
  const present = (pick: (point: LatencyLossPoint) => number | null): number[] => points.map(pick).filter((value) => value !== null);
  const most = (values: readonly number[]): number | null => values.reduce<number | null>((a, b) => (a === null || b > a ? b : a), null);
  const least = (values: readonly number[]): number | null => values.reduce<number | null>((a, b) => (a === null || b < a ? b : a), null);
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  const lossCount = sum(points.map((point) => (point.lossMean === null ? 0 : point.lossCount)));
  const newest = lines.map((line) => line.points.findLast((point) => point.p50 !== null)?.p50 ?? null).filter((value) => value !== null);
  return {
    runs: sum(points.map((point) => point.runs)),
    failures: sum(points.map((point) => point.failures)),
    latest: most(newest),
    min: least(present((point) => point.min)),
    max: most(present((point) => point.max)),
    lossMean: lossCount === 0 ? null : sum(points.map((point) => (point.lossMean ?? 0) * point.lossCount)) / lossCount,
    lossMax: most(present((point) => point.lossMax)),
  };
}
