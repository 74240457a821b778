import { describe, expect, test } from 'vitest';
import { system } from '../model/kinds/system.ts';
import type { SeriesItem } from '../model/series.ts';
import { metricLine, metricLinesOption, metricLinesSummary, type MetricLinesChart, type MetricLinesLook } from './metric-lines.ts';
import { lightTheme } from './theme.ts';

const MINUTE = 60_000;
const FROM = Date.UTC(2026, 10, 22, 10);
const look: MetricLinesLook = { theme: lightTheme, font: 'Inter', compact: false, utc: true };

function item(values: readonly (number | null)[]): SeriesItem {
  return {
    agent: 'a',
    agent_id: 1,
    destination: null,
    destination_id: null,
    at: values.map((_, i) => FROM + i * MINUTE),
    count: values.map((value) => (value === null ? 0 : 1)),
    mean: [...values],
    min: values.map((value) => (value === null ? null : value / 2)),
    max: [...values],
    p5: [...values],
    p50: [...values],
    p95: [...values],
    runs: values.map(() => 1),
    failures: values.map((value) => (value === null ? 1 : 0)),
  };
}

function chartOf(lines: Readonly<Record<string, readonly (number | null)[]>>): MetricLinesChart {
  const to = FROM + 10 * MINUTE;
  return {
    lines: Object.entries(lines).map(([name, values]) => metricLine(name, system.metrics.cpu_pct, { item: item(values), bucketMs: MINUTE, to })),
    bucketMs: MINUTE,
    from: FROM,
    to,
  };
}

describe('the chart of metrics over time', () => {
  test('a share stands on the whole of 100 %, over the whole range asked for', () => {
    expect(metricLinesOption(chartOf({ CPU: [10, 20] }), look)).toMatchObject({
      yAxis: { min: 0, max: 100, name: '%' },
      xAxis: { min: FROM, max: FROM + 10 * MINUTE },
      legend: { show: false },
    });
  });

  test('several lines are named in a legend', () => {
    expect(metricLinesOption(chartOf({ CPU: [10], Memory: [40] }), look)).toMatchObject({ legend: { show: true, data: ['CPU', 'Memory'] } });
  });

  test('says each line in a sentence: the newest, the lowest, the highest', () => {
    const chart = chartOf({ CPU: [10, 30, null], Memory: [null] });
    const at = { now: FROM + 6 * MINUTE, utc: true };
    expect(metricLinesSummary(chart, at)).toBe('CPU is 30.0\u00a0% now, between 5.0 and 30.0\u00a0%. 1 of 3 runs failed.');
    expect(metricLinesSummary(chart, { ...at, now: FROM + 60 * MINUTE })).toBe(
      'CPU was 30.0\u00a0% at 10:01, between 5.0 and 30.0\u00a0%. 1 of 3 runs failed.',
    );
    expect(metricLinesSummary({ ...chart, lines: [] }, at)).toBe('Nothing was measured in this range.');
  });

  test.each([
    [[null], 'The one run failed.'],
    [[null, null], 'Both runs failed.'],
    [[null, null, null], 'All 3 runs failed.'],
  ])('says that %j failed', (values, words) => {
    expect(metricLinesSummary(chartOf({ CPU: values }), { now: FROM, utc: true })).toBe(words);
  });

  test('marks each bucket in which a run failed', () => {
    const series = metricLinesOption(chartOf({ CPU: [10, null], Memory: [10, null] }), look).series as { data: unknown }[];
    expect(series.at(-1)?.data).toEqual([[FROM + 1.5 * MINUTE, 0]]);
  });

  test('its tooltip escapes names, and says what failed', () => {
    const { tooltip } = metricLinesOption(chartOf({ '<b>x': [10, null] }), look);
    const formatter = (tooltip as { formatter: (params: unknown) => string }).formatter;
    const html = formatter([{ value: [FROM + 1.5 * MINUTE, '-'] }]);
    expect(html).toContain('&lt;b&gt;x</b>: not measured, 1 of 1 failed');
    expect(html).toContain('22 Nov, 10:01 to 10:02');
    expect(formatter([{ value: [0, 0] }])).toBe('');
  });
});
