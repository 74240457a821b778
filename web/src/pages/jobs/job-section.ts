import type { Problems } from '../../forms/problems.ts';
import type { JobDraft } from './job-draft.ts';

/** What a part of the job's form works with. */
export interface JobSectionProps {
  readonly draft: JobDraft;
  readonly problems: Problems;
  /** `paths`: of the fields whose problems are taken back, where they are not keys of the draft. */
  readonly change: (part: Partial<JobDraft>, paths?: readonly string[]) => void;
}

/** Whether a field of a part has a problem. */
export function hasProblem(problems: Problems, fields: readonly string[]): boolean {
  return fields.some((field) => problems.within(field));
}
