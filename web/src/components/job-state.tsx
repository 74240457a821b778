import type { Job } from '../../../src/model/job.ts';
import { jobTones } from '../words/job-words.ts';
import { StateShape } from './icons.tsx';

/** The state of a job: a word with its shape. */
export function JobStateWord({ job }: { readonly job: Pick<Job, 'state'> }) {
  const tone = jobTones[job.state];
  return (
    <span className={`state tone-${tone}`}>
      <StateShape tone={tone} />
      {job.state}
    </span>
  );
}
