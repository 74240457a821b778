import { findKind } from '../../model/kinds/index.ts';
import type { Unit } from '../../model/units.ts';
import type { ResultRow } from '../../store/results/results-store.ts';
import type { Family, Sample } from './exposition.ts';

/** A result with the names that people gave. */
export interface NamedResult {
  readonly row: ResultRow;
  readonly agent: string;
  readonly destination: string;
  readonly job: string;
}

/** Prometheus wants base units: what to multiply by, and how the name ends. */
const baseUnits: Readonly<Record<Unit, { readonly factor: number; readonly suffix: string }>> = {
  ms: { factor: 0.001, suffix: '_seconds' },
  s: { factor: 1, suffix: '_seconds' },
  pct: { factor: 0.01, suffix: '_ratio' },
  mbps: { factor: 1e6, suffix: '_bits_per_second' },
  mb: { factor: 1_048_576, suffix: '_bytes' },
  bytes: { factor: 1, suffix: '_bytes' },
  days: { factor: 86_400, suffix: '_seconds' },
  count: { factor: 1, suffix: '' },
  code: { factor: 1, suffix: '' },
  load: { factor: 1, suffix: '' },
  celsius: { factor: 1, suffix: '_celsius' },
};

/** blackbox_exporter's phases of an ICMP probe that we have: the round trip is the mean of the run's. */
const ICMP_PHASE = { metric: 'rtt_avg_ms', phase: 'rtt' };

/**
 * The newest measurements as gauges, `tacho_<kind>_<metric>` in base units, beside blackbox_exporter's names where it
 * has one, so that its dashboards and alerts go on working.
 */
export function measurementFamilies(results: readonly NamedResult[]): Family[] {
  const gauges = new Map<string, { help: string; samples: Sample[] }>();
  const success: Sample[] = [];
  const duration: Sample[] = [];
  const icmp: Sample[] = [];
  const at: Sample[] = [];
  for (const { row, agent, destination, job } of results) {
    const labels = { agent, destination, kind: row.kind, job };
    success.push({ labels, value: row.status === 'success' ? 1 : 0 });
    if (row.durationMs !== null) duration.push({ labels, value: row.durationMs / 1000 });
    at.push({ labels, value: row.startedAt / 1000 });
    const rtt = row.metrics[ICMP_PHASE.metric];
    if (rtt !== undefined) icmp.push({ labels: { ...labels, phase: ICMP_PHASE.phase }, value: rtt / 1000 });
    const definition = findKind(row.kind);
    for (const [metric, value] of Object.entries(row.metrics)) {
      const known = definition?.metrics[metric];
      // A name nobody defined may be anything: it would make a family of its own for every word a sender invents.
      if (known === undefined) continue;
      const { factor, suffix } = baseUnits[known.unit];
      const stem = metric.replace(/(^|_)(ms|s|pct|mbps|mb|bytes|days_left)$/, '');
      const name = ['tacho', row.kind, stem].filter((part) => part !== '').join('_') + suffix;
      let gauge = gauges.get(name);
      if (gauge === undefined) gauges.set(name, (gauge = { help: known.description, samples: [] }));
      gauge.samples.push({ labels: { agent, destination, job }, value: value * factor });
    }
  }
  return [
    { name: 'probe_success', help: 'whether the newest run succeeded', type: 'gauge', samples: success },
    { name: 'probe_duration_seconds', help: 'how long the newest run took', type: 'gauge', samples: duration },
    { name: 'probe_icmp_duration_seconds', help: 'mean round-trip time of the newest ping run', type: 'gauge', samples: icmp },
    { name: 'tacho_result_timestamp_seconds', help: 'when the newest run started', type: 'gauge', samples: at },
    ...[...gauges].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, { help, samples }]): Family => ({ name, help, type: 'gauge', samples })),
  ];
}
