import { Button, SegmentedControl, Tooltip } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Job } from '../../../../src/model/job.ts';
import { useServices } from '../../services.tsx';
import { declaredText } from '../../words/job-words.ts';
import { jobPath } from './job-path.ts';
import { isJobRange, jobRanges, type JobRange, type JobSearch } from './job-search.ts';
import { useJobActions } from './use-job-actions.ts';

const choices = Object.entries(jobRanges).map(([value, { label }]) => ({ value, label }));

interface JobToolsProps {
  readonly job: Job;
  readonly range: JobRange;
  readonly onChange: (part: Partial<Record<keyof JobSearch, unknown>>) => void;
}

/** The time a page looks back over, and what can be done with its job. */
export function JobTools({ job, range, onChange }: JobToolsProps) {
  const { removals } = useServices();
  const navigate = useNavigate();
  const { turn, turning, run, running } = useJobActions(job);
  const declared = declaredText(job);
  const path = jobPath(job);
  return (
    <div className="page-tools">
      <SegmentedControl
        aria-label="Time range"
        size="xs"
        data={choices}
        value={range}
        onChange={(chosen) => {
          if (isJobRange(chosen)) onChange({ range: chosen, from: undefined, to: undefined });
        }}
      />
      <Button size="xs" variant="default" disabled={!job.enabled} loading={running} onClick={run}>
        Run now
      </Button>
      <Unless refusal={declared} words={job.enabled ? 'Stop' : 'Start'}>
        <Button size="xs" variant="default" loading={turning} onClick={turn}>
          {job.enabled ? 'Stop' : 'Start'}
        </Button>
      </Unless>
      <Unless refusal={declared} words="Edit">
        <Button
          size="xs"
          variant="default"
          onClick={() => {
            onChange({ edit: true });
          }}
        >
          Edit
        </Button>
      </Unless>
      <Unless refusal={declared} words="Delete">
        <Button
          size="xs"
          variant="default"
          onClick={() => {
            removals.remove(path, `job ${job.name}`);
            void navigate({ to: '/jobs' });
          }}
        >
          Delete
        </Button>
      </Unless>
      {(['xlsx', 'csv'] as const).map((format) => (
        <Button key={format} size="xs" variant="default" component="a" href={`${path}/export?format=${format}`} download>
          Export {format}
        </Button>
      ))}
    </div>
  );
}

/** A button, or the same one that cannot be used and says why. */
function Unless({ refusal, words, children }: { readonly refusal: string | null; readonly words: string; readonly children: ReactNode }) {
  if (refusal === null) return children;
  return (
    <Tooltip label={refusal} events={{ hover: true, focus: true, touch: true }}>
      <Button size="xs" variant="default" aria-label={`${words}: ${refusal}`} aria-disabled="true" data-disabled>
        {words}
      </Button>
    </Tooltip>
  );
}
