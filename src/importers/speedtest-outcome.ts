import type { Failure } from '../model/failure.ts';
import type { Metrics } from '../model/result.ts';

/** What a tool of another maker said of one test, in our units. Absent is unknown. */
export interface SpeedFigures {
  readonly download_mbps?: number | undefined;
  readonly upload_mbps?: number | undefined;
  readonly ping_ms?: number | undefined;
  readonly jitter_ms?: number | undefined;
  readonly packet_loss_pct?: number | undefined;
  readonly loaded_rtt_down_ms?: number | undefined;
  readonly loaded_rtt_up_ms?: number | undefined;
}

export interface SpeedOutcome {
  readonly status: 'success' | 'failed';
  readonly failure: Failure | null;
  /** What was really measured, also by a test of which the rest failed. */
  readonly metrics: Metrics;
  /** Figures that stand for no measurement, as they came. */
  readonly sentinels: Readonly<Record<string, number>>;
}

/**
 * speedtest-cli counts a latency request that fails as 3600 s, sums three and divides by six: one failed request
 * makes 600,000 ms, three make 1,800,000. No real latency is ten minutes.
 */
const LONGEST_PING_MS = 600_000;
/** A terabit a second: beyond, the figure is in another unit. */
const FASTEST_MBPS = 1_000_000;

const MEASURED = ['download_mbps', 'upload_mbps', 'ping_ms'] as const;

/**
 * Judges the figures of one test. Nothing of what stands for a failure becomes a metric: zeros, and the times that
 * tools write when they gave up. Answers a text where the figures are no test at all.
 */
export function speedOutcome(figures: SpeedFigures): SpeedOutcome | string {
  const metrics: Record<string, number> = {};
  const sentinels: Record<string, number> = {};
  for (const [name, value] of Object.entries(figures) as [string, number | undefined][]) {
    if (value === undefined) continue;
    const problem = problemOf(name, value);
    if (problem !== null) return problem;
    const measured = (MEASURED as readonly string[]).includes(name);
    if ((measured && value === 0) || (name.endsWith('_ms') && value >= LONGEST_PING_MS)) sentinels[name] = value;
    else metrics[name] = value;
  }
  if (MEASURED.every((name) => figures[name] === undefined)) return 'no figures: expected download, upload or ping';
  const said = Object.entries(sentinels).map(([name, value]) => `${name} ${value}`);
  if (said.length === 0) return { status: 'success', failure: null, metrics, sentinels };
  const failure = { source: 'network', code: 'test_failed', message: `the test did not complete: ${said.join(', ')}` } as const;
  return { status: 'failed', failure, metrics, sentinels };
}

function problemOf(name: string, value: number): string | null {
  if (!Number.isFinite(value) || value < 0) return `invalid ${name}: expected a number of at least 0, got ${value}`;
  if (name.endsWith('_mbps') && value > FASTEST_MBPS)
    return `invalid ${name}: expected Mbit/s, at most ${FASTEST_MBPS}, got ${value}; is it bits a second?`;
  if (name.endsWith('_pct') && value > 100) return `invalid ${name}: expected percent, at most 100, got ${value}`;
  return null;
}
