import type { CustomSeriesOption, EChartsOption, LineSeriesOption } from 'echarts';
import { describe, expect, test } from 'vitest';
import { ping } from '../model/kinds/ping.ts';
import type { SeriesAnswer, SeriesItem } from '../model/series.ts';
import { latencyLossLines, summariseLatencyLoss, type LatencyLossChart, type LatencyLossLook } from './latency-loss-lines.ts';
import { latencyLossTooltip } from './latency-loss-tooltip.ts';
import { latencyLossOption, lossStyle } from './latency-loss.ts';
import { lightTheme } from './theme.ts';

const MINUTE = 60_000;
const FROM = Date.UTC(2026, 10, 22, 10);
const read = { now: FROM + 5 * MINUTE, bucketMs: MINUTE, utc: true };

interface Bucket {
  readonly minute: number;
  readonly rtt: number | null;
  readonly loss: number | null;
}

/** One agent's item: every quantile of a bucket is its one value, its highest twice that. */
function item(agent: { id: number; name: string }, buckets: readonly Bucket[], pick: 'rtt' | 'loss'): SeriesItem {
  const values = buckets.map((bucket) => bucket[pick]);
  return {
    agent: agent.name,
    agent_id: agent.id,
    destination: 'gateway',
    destination_id: 1,
    at: buckets.map((bucket) => FROM + bucket.minute * MINUTE),
    count: values.map((value) => (value === null ? 0 : 1)),
    mean: values,
    min: values,
    max: values.map((value) => (value === null ? null : pick === 'rtt' ? value * 2 : value)),
    p5: values,
    p50: values,
    p95: values,
    runs: buckets.map(() => 1),
    failures: buckets.map((bucket) => (bucket.rtt === null ? 1 : 0)),
  };
}

function chartOf(agents: readonly { id: number; name: string; buckets: readonly Bucket[] }[]): LatencyLossChart {
  const answer = (metric: string, pick: 'rtt' | 'loss'): SeriesAnswer => ({
    metric,
    bucket_s: 60,
    from: FROM,
    to: FROM + 10 * MINUTE,
    items: agents.map((agent) => item(agent, agent.buckets, pick)),
  });
  return {
    latency: answer('rtt_avg_ms', 'rtt'),
    loss: answer('packet_loss_pct', 'loss'),
    latencyMetric: ping.metrics.rtt_avg_ms,
    lossMetric: ping.metrics.packet_loss_pct,
  };
}

const look: LatencyLossLook = { theme: lightTheme, font: 'Inter', scale: 'linear', compact: false, utc: true };
const steady = (minutes: readonly number[]): Bucket[] => minutes.map((minute) => ({ minute, rtt: 10 + minute, loss: 0 }));

function lineOf(option: EChartsOption): LineSeriesOption {
  const line = (option.series as LineSeriesOption[]).find((series) => series.type === 'line');
  if (line === undefined) throw new Error('no line');
  return line;
}

function valuesOf(line: LineSeriesOption): unknown[][] {
  return (line.data as { value: unknown[] }[]).map((point) => point.value);
}

/** What the loss row of one agent draws, bucket by bucket, on an axis of one pixel a second. */
function stripOf(chart: LatencyLossChart): { type: string; shape?: { x: number; width: number }; style?: { fill: string; opacity: number } }[] {
  const series = latencyLossOption(chart, look).series as CustomSeriesOption[];
  const row = series.at(-1);
  const api = { coord: ([at = 0, y = 0]: number[]) => [(at - FROM) / 1000, y] };
  return (row?.data as unknown[]).map((_, dataIndex) => row?.renderItem?.({ dataIndex } as never, api as never) as never);
}

describe('the latency and loss chart', () => {
  test('draws the median in the middle of each bucket', () => {
    const line = lineOf(latencyLossOption(chartOf([{ id: 1, name: 'a', buckets: steady([0, 1, 2]) }]), look));
    expect(valuesOf(line)).toEqual([0, 1, 2].map((minute) => [FROM + (minute + 0.5) * MINUTE, 10 + minute]));
    expect(line.connectNulls).toBe(false);
  });

  test('leaves a gap where buckets are absent, and shows a point that stands alone', () => {
    const line = lineOf(latencyLossOption(chartOf([{ id: 1, name: 'a', buckets: steady([0, 1, 2, 3, 6, 9]) }]), look));
    const values = valuesOf(line).map(([, value]) => value);
    expect(values).toEqual([10, 11, 12, 13, 16, 19]);
    const frequent = lineOf(latencyLossOption(chartOf([{ id: 1, name: 'a', buckets: steady([0, 1, 2, 3, 4, 7]) }]), look));
    expect(valuesOf(frequent).map(([, value]) => value)).toEqual([10, 11, 12, 13, 14, '-', 17]);
    expect((frequent.data as { symbolSize: number }[]).map((point) => point.symbolSize)).toEqual([0, 0, 0, 0, 0, 0, 5]);
  });

  test('leaves a gap where nothing answered, and shows it as lost in the strip', () => {
    const buckets = [...steady([0, 1]), { minute: 2, rtt: null, loss: 100 }, ...steady([3, 4])];
    const chart = chartOf([{ id: 1, name: 'a', buckets }]);
    expect(
      valuesOf(lineOf(latencyLossOption(chart, look)))
        .map(([, value]) => value)
        .filter((value) => typeof value === 'number'),
    ).toEqual([10, 11, 13, 14]);
    expect(stripOf(chart)[2]?.style).toEqual({ fill: lightTheme.state.bad.mark, opacity: 1 });
  });

  test('the strip is as wide as the runs are apart, and has nothing where there was no run', () => {
    const strip = stripOf(chartOf([{ id: 1, name: 'a', buckets: steady([0, 2, 4, 8]) }]));
    expect(strip.map((cell) => cell.shape?.x)).toEqual([0, 120, 240, 480]);
    for (const cell of strip.slice(0, 2)) expect(cell.shape?.width).toBe(119);
  });

  test('a run that cannot tell the loss is hatched, not grey', () => {
    const strip = stripOf(chartOf([{ id: 1, name: 'a', buckets: [...steady([0]), { minute: 1, rtt: null, loss: null }] }]));
    expect(strip.map((cell) => cell.type)).toEqual(['rect', 'group']);
  });

  test('a latency axis begins at 0, or at a decade where it is logarithmic', () => {
    const chart = chartOf([{ id: 1, name: 'a', buckets: steady([0, 1]) }]);
    expect(latencyLossOption(chart, look).yAxis).toMatchObject([{ type: 'value', min: 0, name: 'ms' }, {}, {}]);
    expect(latencyLossOption(chart, { ...look, scale: 'log' }).yAxis).toMatchObject([{ type: 'log', min: 10, max: 100 }, {}, {}]);
  });

  test('the time axis is the whole range asked for, not only what was measured', () => {
    const { xAxis } = latencyLossOption(chartOf([{ id: 1, name: 'a', buckets: steady([4]) }]), look);
    for (const axis of xAxis as object[]) expect(axis).toMatchObject({ type: 'time', min: FROM, max: FROM + 10 * MINUTE });
  });

  test('one agent needs no key; several are named beside their rows, and in a legend where it is narrow', () => {
    const one = chartOf([{ id: 1, name: 'a', buckets: steady([0]) }]);
    const two = chartOf([
      { id: 2, name: 'b', buckets: steady([0]) },
      { id: 1, name: 'a', buckets: steady([0]) },
    ]);
    expect(latencyLossOption(one, look)).toMatchObject({ legend: { show: false }, yAxis: [{}, { axisLabel: { show: false } }, {}] });
    expect(latencyLossOption(two, look)).toMatchObject({ legend: { show: false }, yAxis: [{}, { data: ['a', 'b'], axisLabel: { show: true } }, {}] });
    expect(latencyLossOption(two, { ...look, compact: true })).toMatchObject({ legend: { show: true, data: ['a', 'b'] } });
  });

  test('nothing measured is an empty chart, not an error', () => {
    expect(() => latencyLossOption(chartOf([]), { ...look, scale: 'log' })).not.toThrow();
  });

  test('the tooltip escapes the names of agents', () => {
    const chart = chartOf([{ id: 1, name: '<img src=x onerror=alert(1)>', buckets: steady([0]) }]);
    const formatter = latencyLossTooltip(chart, latencyLossLines(chart), look) as (params: unknown, ticket: string) => string;
    const html = formatter([{ value: [FROM + MINUTE / 2, 10] }], '');
    expect(html).not.toContain('<img');
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;');
    expect(html).toContain('22 Nov, 10:00 to 10:01');
    expect(html).toContain('median 10.00\u00a0ms');
  });
});

test('the smallest loss is seen, and more is stronger', () => {
  const opacity = (pct: number): number => lossStyle(lightTheme, pct).opacity;
  expect(lossStyle(lightTheme, 0).fill).toBe(lightTheme.hairline);
  expect(opacity(0.01)).toBeGreaterThanOrEqual(0.35);
  expect(opacity(1)).toBeLessThan(opacity(10));
  expect(opacity(100)).toBe(1);
});

describe('the summary', () => {
  test('counts runs, weighs the loss by them, and takes the newest median', () => {
    const buckets = [...steady([0, 1]), { minute: 2, rtt: null, loss: 100 }, { minute: 3, rtt: null, loss: null }];
    expect(summariseLatencyLoss(latencyLossLines(chartOf([{ id: 1, name: 'a', buckets }])), read)).toEqual({
      runs: 4,
      failures: 2,
      latest: { value: 11, at: FROM + MINUTE, isNow: true },
      min: 10,
      max: 22,
      lossMean: 100 / 3,
      lossMax: 100,
    });
  });

  test('takes the highest of the lines that say how it is now, else the youngest', () => {
    const chart = chartOf([
      { id: 1, name: 'a', buckets: [{ minute: 0, rtt: 90, loss: 0 }] },
      { id: 2, name: 'b', buckets: [{ minute: 9, rtt: 10, loss: 0 }] },
    ]);
    const latest = (now: number, ended?: ReadonlySet<number>): unknown =>
      summariseLatencyLoss(latencyLossLines({ ...chart, ended }), { ...read, now }).latest;
    expect(latest(FROM + 4 * MINUTE)).toMatchObject({ value: 90, isNow: true });
    expect(latest(FROM + 10 * MINUTE)).toMatchObject({ value: 10, isNow: true });
    expect(latest(FROM + 60 * MINUTE)).toMatchObject({ value: 10, isNow: false });
    expect(latest(FROM + 10 * MINUTE, new Set([2]))).toMatchObject({ value: 10, isNow: false });
  });

  test('of nothing is nothing', () => {
    expect(summariseLatencyLoss([], read)).toEqual({ runs: 0, failures: 0, latest: null, min: null, max: null, lossMean: null, lossMax: null });
  });
});
