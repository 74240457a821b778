import type { TooltipComponentOption } from 'echarts';
import { escapeHtml } from './escape-html.ts';
import type { LatencyLossChart, LatencyLossLine, LatencyLossLook, LatencyLossPoint } from './latency-loss-lines.ts';
import { countText, metricText, numberText } from './number-text.ts';
import { seriesColour } from './theme.ts';

/** What one bucket holds, in words: for the tooltip, and read aloud when the crosshair is moved by keys. */
export function pointText(chart: LatencyLossChart, point: LatencyLossPoint): string {
  const { latencyMetric, lossMetric } = chart;
  const parts: string[] = [];
  if (point.p50 === null) parts.push('no reply');
  else {
    parts.push(`median ${metricText(latencyMetric, point.p50)}`);
    if (point.min !== null && point.max !== null && point.min !== point.max)
      parts.push(`${numberText(latencyMetric, point.min)} to ${metricText(latencyMetric, point.max)}`);
  }
  parts.push(point.lossMean === null ? 'loss unknown' : `${lossMetric.title.toLowerCase()} ${metricText(lossMetric, point.lossMean)}`);
  if (point.failures > 0) parts.push(`${point.failures} of ${countText(point.runs, 'run')} failed`);
  return parts.join(', ');
}

const DAY_MS = 86_400_000;

/** What a bucket covers: `22 Nov, 10:00 to 10:01`; of whole days `22 Nov 2026`, or `9 Nov 2026 to 22 Nov 2026`. */
export function bucketText(at: number, bucketMs: number, utc: boolean): string {
  const zone = utc ? { timeZone: 'UTC' } : {};
  if (bucketMs >= DAY_MS) {
    const date = new Intl.DateTimeFormat('en-GB', { ...zone, day: 'numeric', month: 'short', year: 'numeric' });
    const [first, last] = [date.format(at), date.format(at + bucketMs - 1)];
    return bucketMs === DAY_MS ? first : `${first} to ${last}`;
  }
  const day = new Intl.DateTimeFormat('en-GB', { ...zone, day: 'numeric', month: 'short' });
  const time = new Intl.DateTimeFormat('en-GB', { ...zone, hour: '2-digit', minute: '2-digit', ...(bucketMs < 60_000 ? { second: '2-digit' } : {}) });
  return `${day.format(at)}, ${time.format(at)} to ${time.format(at + bucketMs)}`;
}

/** The tooltip of all lines at one bucket, as HTML whose every name is escaped. */
export function latencyLossTooltip(
  chart: LatencyLossChart,
  lines: readonly LatencyLossLine[],
  look: Pick<LatencyLossLook, 'theme' | 'utc'>,
): Exclude<TooltipComponentOption['formatter'], string | undefined> {
  const bucketMs = chart.latency.bucket_s * 1000;
  return (params) => {
    const hit = (Array.isArray(params) ? params : [params])
      .map((param) => (Array.isArray(param.value) ? Number(param.value[0]) : NaN))
      .find((drawnAt) => lines.some((line) => line.points.some((point) => point.drawnAt === drawnAt)));
    if (hit === undefined) return '';
    const rows = lines.flatMap((line, i) => {
      const point = line.points.find((candidate) => candidate.drawnAt === hit);
      if (point === undefined) return [];
      const key = `<span style="display:inline-block;width:8px;height:8px;border-radius:2px;margin-right:6px;background:${seriesColour(look.theme, i)}"></span>`;
      return [{ at: point.at, html: `<div>${key}<b>${escapeHtml(line.name)}</b>: ${escapeHtml(pointText(chart, point))}</div>` }];
    });
    const at = rows[0]?.at ?? hit;
    return `<div style="margin-bottom:4px">${escapeHtml(bucketText(at, bucketMs, look.utc))}</div>${rows.map((row) => row.html).join('')}`;
  };
}
