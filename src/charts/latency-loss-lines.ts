import type { SeriesAnswer, SeriesItem } from '../model/series.ts';
import type { MetricDefinition } from '../model/units.ts';
import type { QuantilePoint } from './line-shapes.ts';
import { newestOf, type Newest, type NewestFrom, type ReadAt } from './newest.ts';
import type { ChartTheme } from './theme.ts';

/** One bucket of one line: latency, null where nothing answered, and loss side by side. */
export interface LatencyLossPoint extends QuantilePoint {
  /** Loss in the bucket; null where no run of it could say. */
  readonly lossMean: number | null;
  readonly lossMax: number | null;
  /** Runs that carry the loss. */
  readonly lossCount: number;
  readonly runs: number;
  readonly failures: number;
}

/** What one agent saw of one destination, ascending in time. */
export interface LatencyLossLine extends NewestFrom<LatencyLossPoint> {
  /** The agent or the destination: what tells the lines of the chart apart. */
  readonly name: string;
  readonly points: readonly LatencyLossPoint[];
}

/** What the lines of a chart are: the agents of one destination, or the destinations of one agent. */
export type LineSubject = 'agent' | 'destination';

export interface LatencyLossAnswers {
  /** Agents where it is not said. */
  readonly lineOf?: LineSubject;
  /** Ids of agents or destinations, as the lines are, that are gone. */
  readonly ended?: ReadonlySet<number> | undefined;
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

/** Joins the two answers by line and bucket. Lines come by id, so that one keeps its colour when another joins. */
export function latencyLossLines({ lineOf = 'agent', ended, latency, loss }: LatencyLossAnswers): LatencyLossLine[] {
  const bucketMs = latency.bucket_s * 1000;
  const idOf = (item: SeriesItem): number | null => (lineOf === 'agent' ? item.agent_id : item.destination_id);
  const names = new Map([...latency.items, ...loss.items].map((item) => [idOf(item), (lineOf === 'agent' ? item.agent : item.destination) ?? '']));
  return [...names.entries()]
    .sort(([a], [b]) => (a ?? 0) - (b ?? 0))
    .map(([id, name]) => {
      const rtt = latency.items.find((item) => idOf(item) === id);
      const lost = loss.items.find((item) => idOf(item) === id);
      const rttAt = new Map(rtt?.at.map((at, i) => [at, i]));
      const lostAt = new Map(lost?.at.map((at, i) => [at, i]));
      const buckets = [...new Set([...rttAt.keys(), ...lostAt.keys()])].sort((a, b) => a - b);
      return {
        name,
        ...(id !== null && ended?.has(id) === true && { ended: true }),
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
  /** Median of the newest bucket that has one: of the lines that say how it is now the highest, or of all the youngest. */
  readonly latest: Newest | null;
  readonly min: number | null;
  readonly max: number | null;
  /** Mean of the runs' losses. */
  readonly lossMean: number | null;
  readonly lossMax: number | null;
}

export function summariseLatencyLoss(lines: readonly LatencyLossLine[], read: ReadAt): LatencyLossSummary {
  const points = lines.flatMap((line) => line.points);
  const valuesOf = (pick: (point: LatencyLossPoint) => number | null): number[] => points.map(pick).filter((value) => value !== null);
  const most = (values: readonly number[]): number | null => values.reduce<number | null>((a, b) => (a === null || b > a ? b : a), null);
  const least = (values: readonly number[]): number | null => values.reduce<number | null>((a, b) => (a === null || b < a ? b : a), null);
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  const lossCount = sum(points.map((point) => (point.lossMean === null ? 0 : point.lossCount)));
  const newest = lines.map((line) => newestOf(line, read)).filter((one) => one !== null);
  const present = newest.filter((one) => one.isNow).sort((a, b) => b.value - a.value);
  return {
    runs: sum(points.map((point) => point.runs)),
    failures: sum(points.map((point) => point.failures)),
    latest: present[0] ?? newest.sort((a, b) => b.at - a.at)[0] ?? null,
    min: least(valuesOf((point) => point.min)),
    max: most(valuesOf((point) => point.max)),
    lossMean: lossCount === 0 ? null : sum(points.map((point) => (point.lossMean ?? 0) * point.lossCount)) / lossCount,
    lossMax: most(valuesOf((point) => point.lossMax)),
  };
}
