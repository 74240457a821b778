import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Job } from '../../../../src/model/job.ts';
import { runJob, setJobEnabled } from '../../api/changes.ts';
import { queryKeys } from '../../api/queries.ts';
import { useServices } from '../../services.tsx';

export interface JobActions {
  readonly turn: () => void;
  readonly turning: boolean;
  readonly run: () => void;
  readonly running: boolean;
}

/** Starting, stopping and running a job at once; what came of it is said at the foot of the page. */
export function useJobActions(job: Job): JobActions {
  const { client, messages } = useServices();
  const cache = useQueryClient();
  const refused = (error: Error): void => {
    messages.say('bad', `${job.name}: ${error.message}.`);
  };
  const turning = useMutation({
    mutationFn: () => setJobEnabled(client, job.id, !job.enabled),
    onSuccess: (changed) => {
      cache.setQueryData<Job[]>(queryKeys.jobs, (jobs) => jobs?.map((one) => (one.id === changed.id ? changed : one)));
    },
    onError: refused,
  });
  const running = useMutation({
    mutationFn: () => runJob(client, job.id),
    onSuccess: (agents) => {
      if (agents.length === 0) messages.say('attention', `No connected agent has the job ${job.name}: nothing runs now.`);
      else messages.say('good', `${job.name} runs now on ${agents.join(', ')}.`);
    },
    onError: refused,
  });
  return {
    turn: () => {
      turning.mutate();
    },
    turning: turning.isPending,
    run: () => {
      running.mutate();
    },
    running: running.isPending,
  };
}
