import type { Job } from '../../../../src/model/job.ts';

export function jobPath(job: Pick<Job, 'id'>): string {
  return `/api/jobs/${job.id}`;
}
