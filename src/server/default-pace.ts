import type { StoredJob } from '../model/job.ts';
import { findKind } from '../model/kinds/index.ts';
import type { Pace } from '../model/kinds/kind.ts';
import type { ControlStore } from '../store/control/control-store.ts';

/** The job with the installation's pace where it says nothing itself. A run is no longer than the interval between runs. */
export function pacedJob(job: StoredJob, pace: Pace): StoredJob {
  const longestMs = job.interval === null ? Infinity : job.interval * 1000;
  const own = { ...pace, durationMs: pace.durationMs === null ? null : Math.min(pace.durationMs, longestMs) };
  const options = job.kinds.map((kind) => [kind, { ...findKind(kind)?.paced?.(own), ...job.options[kind] }] as const);
  return { ...job, options: Object.fromEntries(options.filter(([, values]) => Object.keys(values).length > 0)) };
}

/** The control store as those see it who plan: every job with the installation's pace. */
export function withDefaultPace(control: ControlStore, pace: Pace): ControlStore {
  if (pace.durationMs === null && pace.periodMs === null) return control;
  const { jobs } = control;
  return { ...control, jobs: { ...jobs, list: async () => (await jobs.list()).map((job) => pacedJob(job, pace)) } };
}

/** The settings of it, which are in seconds as StreamSwarm's are. */
export function paceOf(settings: { readonly default_test_duration: number | null; readonly default_test_interval: number | null }): Pace {
  const { default_test_duration: duration, default_test_interval: interval } = settings;
  return { durationMs: duration === null ? null : duration * 1000, periodMs: interval === null ? null : interval * 1000 };
}
