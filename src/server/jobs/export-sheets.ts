import { distributionOf, type Bin } from '../../analytics/distribution.ts';
import { bucketMeans } from '../../analytics/trend.ts';
import type { Cell, Column, Row, Sheet, SheetChart } from '../../exporters/exporter.ts';
import type { JobAnalytics, MetricStatistics, RunStatistics } from '../../model/job-analysis.ts';
import { findKindDescription } from '../../model/kinds/index.ts';
import type { Line } from './job-statistics.ts';

/** About so many bins show the shape of a distribution and still fit a screen. */
const BINS = 20;
/** Points of a chart's line. */
const POINTS = 100;
/** A sheet with more charts than this is slow to open. */
const MOST_CHARTS = 20;

interface Distribution {
  readonly group: RunStatistics;
  readonly metric: string;
  readonly bins: readonly Bin[];
  readonly count: number;
  readonly at: Float64Array;
  readonly value: Float64Array;
}

/** Gathers, while the statistics are made, what the sheets need of the response times. */
export class ResponseTimes {
  readonly found: Distribution[] = [];

  add({ group, metric, at, value, sorted }: Line): void {
    if (findKindDescription(group.kind)?.responseTime !== metric) return;
    const line = at.length > POINTS ? bucketMeans({ at, value }, POINTS) : { at, value };
    this.found.push({ group, metric, bins: distributionOf(sorted, BINS), count: sorted.length, ...line });
  }
}

/** The sheets beside the raw table: what an analyst would compute first. */
export function analysisSheets(analytics: JobAnalytics, { found }: ResponseTimes): Sheet[] {
  return [summarySheet(analytics.items), successSheet(analytics), distributionSheet(found), chartsSheet(found)];
}

const text = (name: string): Column => ({ name, type: 'text' });
const number = (name: string, decimals?: number): Column => ({ name, type: 'number', decimals });

const figures = ['mean', 'median', 'min', 'max', 'stddev', 'p5', 'p95', 'p99'] as const;

function summarySheet(items: readonly MetricStatistics[]): Sheet {
  return {
    name: 'Statistics',
    columns: [
      ...['destination', 'agent', 'kind', 'metric', 'title', 'unit'].map(text),
      number('count', 0),
      ...figures.map((name) => number(name)),
      number('success_rate_pct', 1),
      text('trend'),
      number('change_pct', 1),
      number('p_value', 4),
    ],
    rows: items.map((item) => [
      item.destination,
      item.agent,
      item.kind,
      item.metric,
      item.title,
      item.unit,
      item.count,
      ...figures.map((name) => item[name]),
      item.success_rate_pct,
      item.trend.direction.replaceAll('_', ' '),
      item.trend.change_pct,
      item.trend.p_value,
    ]),
  };
}

function successSheet({ groups, runs, success_rate_pct }: JobAnalytics): Sheet {
  const row = (first: readonly Cell[], of: Pick<RunStatistics, 'runs' | 'success_rate_pct'>): Row => {
    const { success, failed, timeout, skipped } = of.runs;
    return [...first, success, failed, timeout, skipped, success + failed + timeout, of.success_rate_pct];
  };
  const rows = groups.map((group) => row([nameOf(group), group.destination, group.agent, group.kind], group));
  const chart: SheetChart = {
    type: 'column',
    title: 'Success rate',
    valueTitle: 'percent of what was measured',
    fromRow: 0,
    toRow: rows.length,
    categories: 0,
    values: [9],
  };
  return {
    name: 'Success rate',
    columns: [
      ...['group', 'destination', 'agent', 'kind'].map(text),
      ...['success', 'failed', 'timeout', 'skipped', 'measured'].map((name) => number(name, 0)),
      number('success_rate_pct', 1),
    ],
    rows: [...rows, row(['all', null, null, null], { runs, success_rate_pct })],
    charts: rows.length === 0 ? [] : [chart],
  };
}

function distributionSheet(found: readonly Distribution[]): Sheet {
  const rows: Row[] = [];
  const charts: SheetChart[] = [];
  for (const { group, metric, bins, count } of found) {
    const fromRow = rows.length;
    let below = 0;
    for (const bin of bins) {
      below += bin.count;
      const label = bin.to === null ? `from ${bin.from}` : `${bin.from} to ${bin.to}`;
      rows.push([
        group.destination,
        group.agent,
        group.kind,
        metric,
        label,
        bin.from,
        bin.to,
        bin.count,
        (bin.count / count) * 100,
        (below / count) * 100,
      ]);
    }
    if (charts.length === MOST_CHARTS) continue;
    charts.push({
      type: 'column',
      title: `Response times of ${nameOf(group)}`,
      valueTitle: 'results',
      fromRow,
      toRow: rows.length,
      categories: 4,
      values: [7],
    });
  }
  return {
    name: 'Response times',
    columns: [
      ...['destination', 'agent', 'kind', 'metric', 'response_time_ms'].map(text),
      number('from_ms'),
      number('to_ms'),
      number('results', 0),
      number('share_pct', 1),
      number('up_to_here_pct', 1),
    ],
    rows,
    charts,
  };
}

/** Response times over time, one chart a group; the rows are what the charts draw. */
function chartsSheet(found: readonly Distribution[]): Sheet {
  const rows: Row[] = [];
  const charts: SheetChart[] = [];
  for (const { group, at, value } of found.slice(0, MOST_CHARTS)) {
    const fromRow = rows.length;
    for (const [index, instant] of at.entries()) rows.push([nameOf(group), instant, value[index] ?? null]);
    charts.push({
      type: 'line',
      title: `Response time of ${nameOf(group)}`,
      valueTitle: 'milliseconds',
      fromRow,
      toRow: rows.length,
      categories: 1,
      values: [2],
    });
  }
  return { name: 'Charts', columns: [text('group'), { name: 'time', type: 'instant' }, number('response_time_ms', 2)], rows, charts };
}

function nameOf({ destination, agent, kind }: RunStatistics): string {
  return [destination ?? 'no destination', ...(agent === null ? [] : [agent]), kind].join(', ');
}
