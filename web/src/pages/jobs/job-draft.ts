import type { Problem } from '../../../../src/model/errors.ts';
import { DEFAULT_INTERVAL_S, type Job, type Mesh } from '../../../../src/model/job.ts';
import type { TimeWindow } from '../../../../src/model/timetable/windows.ts';
import type { KindDescription } from '../../api/kind-description.ts';
import { textOrNull } from '../../forms/text-or-null.ts';
import { draftOf, optionsOf, type OptionDraft } from '../../forms/option-values.ts';
import { localText, wireInstant } from './local-time.ts';

/** A job as it stands in the fields of its form. */
export interface JobDraft {
  readonly name: string;
  readonly description: string;
  readonly enabled: boolean;
  readonly by: 'interval' | 'cron';
  /** Seconds, as they are written. */
  readonly interval: string;
  readonly cron: string;
  readonly time_zone: string;
  readonly windows: readonly TimeWindow[];
  /** As the wall clock of the job's zone shows them; '' for none. */
  readonly start_time: string;
  readonly end_time: string;
  readonly kinds: readonly string[];
  readonly destinations: readonly string[];
  readonly agents: readonly string[];
  readonly mesh: MeshDraft;
  readonly budget_mb_per_day: string;
  readonly tags: readonly string[];
  readonly options: Readonly<Record<string, OptionDraft>>;
  /** The job before it was changed: what the form does not show is sent back as it was. */
  readonly before: Job | null;
}

export interface MeshDraft {
  readonly type: Mesh['type'] | 'none';
  readonly hub: string;
  readonly label: string;
}

/** @param zone Of a new job: the reader's own. */
export function jobDraft(job: Job | null, zone = 'UTC'): JobDraft {
  const time_zone = job?.time_zone ?? zone;
  return {
    name: job?.name ?? '',
    description: job?.description ?? '',
    enabled: job?.enabled ?? true,
    by: (job?.cron ?? null) === null ? 'interval' : 'cron',
    interval: String(job?.interval ?? DEFAULT_INTERVAL_S),
    cron: job?.cron ?? '',
    time_zone,
    windows: job?.windows ?? [],
    start_time: localText(job?.start_time ?? null, time_zone),
    end_time: localText(job?.end_time ?? null, time_zone),
    kinds: job?.kinds ?? [],
    destinations: job?.destinations ?? [],
    agents: job?.agents ?? ['*'],
    mesh: meshDraft(job?.mesh ?? null),
    budget_mb_per_day: String(job?.budget_mb_per_day ?? ''),
    tags: job?.tags ?? [],
    options: Object.fromEntries(Object.entries(job?.options ?? {}).map(([kind, options]) => [kind, draftOf(options)])),
    before: job,
  };
}

function meshDraft(mesh: Mesh | null): MeshDraft {
  return { type: mesh?.type ?? 'none', hub: mesh?.type === 'hub' ? mesh.hub : '', label: mesh?.type === 'pairs' ? mesh.label : '' };
}

/** The mesh that a draft means; null where agents measure destinations. */
export function meshOf({ type, hub, label }: MeshDraft): Mesh | null {
  if (type === 'none') return null;
  if (type === 'full') return { type };
  return type === 'hub' ? { type, hub: hub.trim() } : { type, label: label.trim() };
}

/** What is sent: nothing of a kind that is not chosen, and no option that was left as usual. Judged by the API alone. */
export function jobBody(draft: JobDraft, described: readonly KindDescription[]): unknown {
  const { before, by, ...shown } = draft;
  const options = described
    .filter((kind) => draft.kinds.includes(kind.kind))
    .map((kind) => [kind.kind, optionsOf(kind, draft.options[kind.kind] ?? {})] as const)
    .filter(([, chosen]) => Object.keys(chosen).length > 0);
  const sameKinds = before?.kinds.join() === draft.kinds.join();
  return {
    ...(before !== null && sameKinds && { metrics: before.metrics }),
    ...shown,
    description: textOrNull(draft.description),
    interval: by === 'interval' ? numberOrText(draft.interval) : null,
    cron: by === 'cron' ? draft.cron.trim() : null,
    start_time: instantOf(draft, 'start_time'),
    end_time: instantOf(draft, 'end_time'),
    mesh: meshOf(draft.mesh),
    budget_mb_per_day: draft.budget_mb_per_day.trim() === '' ? null : numberOrText(draft.budget_mb_per_day),
    options: Object.fromEntries(options),
  };
}

/** An instant that was not touched is sent to the millisecond: the field shows minutes. */
function instantOf(draft: JobDraft, field: 'start_time' | 'end_time'): string | null {
  const stored = draft.before?.[field] ?? null;
  const untouched = stored !== null && draft.time_zone === draft.before?.time_zone && localText(stored, draft.time_zone) === draft[field];
  return untouched ? new Date(stored).toISOString() : wireInstant(draft[field], draft.time_zone);
}

/** A number that is none is sent as it was written: the API says what it expects. */
function numberOrText(written: string): number | string {
  const number = Number(written);
  return written.trim() !== '' && Number.isFinite(number) ? number : written;
}

/** What a person forgot, in words that say what to do. What is there is judged by the API. */
export function missingOfJob(draft: JobDraft, described: readonly KindDescription[]): Problem[] {
  const chosen = described.filter((kind) => draft.kinds.includes(kind.kind));
  const remote = chosen.filter((kind) => kind.target !== 'none');
  const missing = (when: boolean, path: string, message: string): Problem[] => (when ? [{ path, message }] : []);
  const isEmpty = (text: string): boolean => text.trim() === '';
  const { by, mesh } = draft;
  return [
    ...missing(isEmpty(draft.name), 'name', 'Give the job a name'),
    ...missing(draft.kinds.length === 0, 'kinds', 'Choose at least one'),
    ...missing(
      remote.length > 0 && draft.destinations.length === 0 && mesh.type === 'none',
      'destinations',
      `Choose at least one: ${remote.map((kind) => kind.title).join(', ')} ${remote.length === 1 ? 'needs' : 'need'} something to measure`,
    ),
    ...missing(by === 'interval' && isEmpty(draft.interval), 'interval', 'Say how often, in seconds'),
    ...missing(by === 'cron' && isEmpty(draft.cron), 'cron', 'Say when, such as 0 8 * * mon-fri'),
    ...draft.windows.flatMap(({ days }, i) => missing(days.length === 0, `windows[${i}].days`, 'Choose at least one day')),
    ...missing(draft.agents.length === 0, 'agents', 'Choose who measures, or * for all'),
    ...missing(mesh.type === 'hub' && isEmpty(mesh.hub), 'mesh.hub', 'Choose the agent in the middle'),
    ...missing(mesh.type === 'pairs' && isEmpty(mesh.label), 'mesh.label', 'Name the label that pairs share, such as site'),
  ];
}

/** Most windows of a job, as the API takes them. */
export const MOST_WINDOWS = 64;

/** Paths of the form's fields; the fields of a window before the windows as a whole. */
export function jobFields(kinds: readonly KindDescription[]): string[] {
  return [
    ...['name', 'description', 'interval', 'cron', 'time_zone', 'start_time', 'end_time', 'kinds', 'destinations', 'agents', 'tags'],
    ...['mesh.hub', 'mesh.label', 'mesh', 'budget_mb_per_day'],
    ...Array.from({ length: MOST_WINDOWS }, (_, i) => windowFields(i)).flat(),
    'windows',
    ...kinds.flatMap((kind) => Object.keys(kind.spec.properties).map((option) => `options.${kind.kind}.${option}`)),
  ];
}

export function windowFields(index: number): string[] {
  return ['days', 'from', 'to'].map((field) => `windows[${index}].${field}`);
}
