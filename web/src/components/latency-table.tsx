import { useState } from 'react';
import { numberText, unitText } from '../../../src/charts/number-text.ts';
import type { LatencyLossChart, LatencyLossLine } from '../../../src/charts/latency-loss-lines.ts';
import { bucketText } from '../../../src/charts/latency-loss-tooltip.ts';
import type { MetricDefinition } from '../../../src/model/units.ts';

interface LatencyTableProps {
  readonly chart: LatencyLossChart;
  readonly lines: readonly LatencyLossLine[];
}

/** The chart's numbers as a table, newest first; built only when it is opened. */
export function LatencyTable({ chart, lines }: LatencyTableProps) {
  const [open, setOpen] = useState(false);
  return (
    <details
      className="chart-table"
      onToggle={(event) => {
        setOpen(event.currentTarget.open);
      }}
    >
      <summary>Show the numbers</summary>
      {open && <Numbers chart={chart} lines={lines} />}
    </details>
  );
}

function Numbers({ chart, lines }: LatencyTableProps) {
  const { latencyMetric, lossMetric } = chart;
  const bucketMs = chart.latency.bucket_s * 1000;
  const rows = lines.flatMap((line) => line.points.map((point) => ({ name: line.name, point }))).sort((a, b) => b.point.at - a.point.at);
  const inUnit = (metric: MetricDefinition, word: string): string => `${word} (${unitText(metric.unit)})`;
  const cell = (metric: MetricDefinition, value: number | null): string => (value === null ? '–' : numberText(metric, value));
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="numbers of the chart">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">{chart.lineOf === 'destination' ? 'Destination' : 'Agent'}</th>
            <th scope="col" className="number">
              {inUnit(latencyMetric, 'Median')}
            </th>
            <th scope="col" className="number">
              {inUnit(latencyMetric, 'Lowest')}
            </th>
            <th scope="col" className="number">
              {inUnit(latencyMetric, 'Highest')}
            </th>
            <th scope="col" className="number">
              {inUnit(lossMetric, lossMetric.title)}
            </th>
            <th scope="col" className="number">
              Runs
            </th>
            <th scope="col" className="number">
              Failed
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, point }) => (
            <tr key={`${name} ${point.at}`}>
              <td>{bucketText(point.at, bucketMs, false)}</td>
              <td>{name}</td>
              <td className="number">{cell(latencyMetric, point.p50)}</td>
              <td className="number">{cell(latencyMetric, point.min)}</td>
              <td className="number">{cell(latencyMetric, point.max)}</td>
              <td className="number">{cell(lossMetric, point.lossMean)}</td>
              <td className="number">{point.runs}</td>
              <td className="number">{point.failures}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
