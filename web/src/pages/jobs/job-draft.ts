import * as z from 'zod';
import type { Problem } from '../../../../src/model/errors.ts';
import { DEFAULT_INTERVAL_S, jobInputOf, storedJob, type Job } from '../../../../src/model/job.ts';
import type { KindDescription } from '../../api/kind-description.ts';
import { textOrNull } from '../../forms/text-or-null.ts';
import { draftOf, optionsOf, type OptionDraft } from '../../forms/option-values.ts';

/** A job as it stands in the fields of its form. */
export interface JobDraft {
  readonly name: string;
  readonly description: string;
  readonly enabled: boolean;
  /** Seconds, as they are written; empty where the job has a timetable of its own. */
  readonly interval: string;
  readonly kinds: readonly string[];
  readonly destinations: readonly string[];
  readonly agents: readonly string[];
  readonly tags: readonly string[];
  readonly options: Readonly<Record<string, OptionDraft>>;
  /** The job before it was changed: what the form does not show is sent back as it was. */
  readonly before: Job | null;
}

export function jobDraft(job: Job | null): JobDraft {
  return {
    name: job?.name ?? '',
    description: job?.description ?? '',
    enabled: job?.enabled ?? true,
    interval: job === null ? String(DEFAULT_INTERVAL_S) : String(job.interval ?? ''),
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
    description: textOrNull(draft.description),
    ...timesOf(draft, interval),
    options: Object.fromEntries(options),
  };
}

/** An interval that is written takes the place of a timetable; an empty one leaves it. */
function timesOf(draft: JobDraft, seconds: number): object {
  if (draft.interval.trim() === '') return hasTimetable(draft) ? { interval: null } : { interval: draft.interval };
  return { interval: Number.isFinite(seconds) ? seconds : draft.interval, ...(hasTimetable(draft) && { cron: null }) };
}

export function hasTimetable({ before }: Pick<JobDraft, 'before'>): boolean {
  return (before?.cron ?? null) !== null;
}

/** What a person forgot, in words that say what to do. What is there is judged by the API. */
export function missingOfJob(draft: JobDraft, described: readonly KindDescription[]): Problem[] {
  const chosen = described.filter((kind) => draft.kinds.includes(kind.kind));
  const remote = chosen.filter((kind) => kind.target !== 'none');
  const missing = (when: boolean, path: string, message: string): Problem[] => (when ? [{ path, message }] : []);
  return [
    ...missing(draft.name.trim() === '', 'name', 'Give the job a name'),
    ...missing(draft.kinds.length === 0, 'kinds', 'Choose at least one'),
    ...missing(
      remote.length > 0 && draft.destinations.length === 0 && (draft.before?.mesh ?? null) === null,
      'destinations',
      `Choose at least one: ${remote.map((kind) => kind.title).join(', ')} ${remote.length === 1 ? 'needs' : 'need'} something to measure`,
    ),
    ...missing(draft.agents.length === 0, 'agents', 'Choose who measures, or * for all'),
    ...missing(draft.interval.trim() === '' && !hasTimetable(draft), 'interval', 'Say how often, in seconds'),
  ];
}

function unseenOf(before: Job | null, draft: JobDraft): object {
  if (before === null) return {};
  const { cron, time_zone, start_time, end_time, windows, mesh, budget_mb_per_day, metrics } = jobInputOf(z.encode(storedJob, before));
  const sameKinds = before.kinds.join() === draft.kinds.join();
  return { cron, time_zone, start_time, end_time, windows, mesh, budget_mb_per_day, ...(sameKinds && { metrics }) };
}
