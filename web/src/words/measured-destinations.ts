import type { Destination } from '../../../src/model/destination.ts';
import type { Job } from '../../../src/model/job.ts';
import type { Result } from '../../../src/model/result.ts';
import { selectsDestination } from '../../../src/model/selectors.ts';

export interface MeasuredFrom {
  readonly destinations: readonly Destination[];
  readonly jobs: readonly Job[];
  readonly results: readonly Result[];
}

/** Destinations that a kind measures: a job says so, or a recent result shows it. In the order of their ids. */
export function measuredDestinations(kind: string, { destinations, jobs, results }: MeasuredFrom): Destination[] {
  const shown = new Set(results.filter((result) => result.kind === kind).map((result) => result.destination_id));
  const selectors = jobs.filter((job) => job.kinds.includes(kind)).flatMap((job) => job.destinations);
  return destinations
    .filter((destination) => shown.has(destination.id) || selectors.some((selector) => selectsDestination(selector, destination)))
    .sort((a, b) => a.id - b.id);
}
