import * as z from 'zod';
import { jobInputOf, storedJob, type Job } from '../../../../src/model/job.ts';
import type { KindDescription } from '../../api/kind-description.ts';
import { draftOf, optionsOf, type OptionDraft } from '../../forms/option-values.ts';

/** A job as it stands in the fields of its form. */
export interface JobDraft {
  readonly name: string;
  readonly description: string;
  readonly enabled: boolean;
  /** Seconds, as they are written. */
  readonly interval: string;
  readonly kinds: readonly string[];
  readonly destinations: readonly string[];
  readonly agents: readonly string[];
  readonly tags: readonly string[];
  readonly options: Readonly<Record<string, OptionDraft>>;
  /** The job before it was changed: what the form does not show is sent back as it was. */
  readonly before: Job | null;
}

/** What a new job begins with. */
const USUAL_INTERVAL_S = 300;

export function jobDraft(job: Job | null): JobDraft {
  return {
    name: job?.name ?? '',
    description: job?.description ?? '',
    enabled: job?.enabled ?? true,
    interval: String(job?.interval ?? USUAL_INTERVAL_S),
    kinds: job?.kinds ?? [],
    destinations: job?.destinations ?? [],
    agents: job?.agents ?? ['*'],
    tags: job?.tags ?? [],
    options: Object.fromEntries(Object.entries(job?.options ?? {}).map(([kind, options]) => [kind, draftOf(options)])),
    before: job,
  };
}

/** What is sent: nothing of a kind that is not chosen, and no option that was left as usual. Judged by the API alone. */
export function jobBody(draft: JobDraft, described: readonly KindDescription[]): unknown {
  const { before, ...shown } = draft;
  const interval = Number(draft.interval);
  const options = described
    .filter((kind) => draft.kinds.includes(kind.kind))
    .map((kind) => [kind.kind, optionsOf(kind, draft.options[kind.kind] ?? {})] as const)
    .filter(([, chosen]) => Object.keys(chosen).length > 0);
  return {
    ...unseenOf(before, draft),
    ...shown,
    description: draft.description.trim() === '' ? null : draft.description,
    interval: draft.interval.trim() !== '' && Number.isFinite(interval) ? interval : draft.interval,
    options: Object.fromEntries(options),
  };
}

function unseenOf(before: Job | null, draft: JobDraft): object {
  if (before === null) return {};
  const { cron, time_zone, start_time, end_time, windows, mesh, budget_mb_per_day, metrics } = jobInputOf(z.encode(storedJob, before));
  const sameKinds = before.kinds.join() === draft.kinds.join();
  return { cron, time_zone, start_time, end_time, windows, mesh, budget_mb_per_day, ...(sameKinds && { metrics }) };
}
