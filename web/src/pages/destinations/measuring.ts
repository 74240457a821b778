import type { Destination } from '../../../../src/model/destination.ts';
import type { Job } from '../../../../src/model/job.ts';
import { selectsDestination } from '../../../../src/model/selectors.ts';

/** The jobs that choose a destination, running or not. */
export function measuring(destination: Destination, jobs: readonly Job[]): Job[] {
  return jobs.filter((job) => job.destinations.some((selector) => selectsDestination(selector, destination)));
}
