import { runStatuses, type RunStatus } from '../../../../src/model/planned-run.ts';
import type { Span } from '../../words/ranges.ts';

/** Times a job's page looks back over, in columns that a phone still shows apart. */
export const jobRanges = {
  '6h': { label: '6 h', words: 'the last 6 hours', hours: 6, bucketS: 300 },
  '24h': { label: '24 h', words: 'the last 24 hours', hours: 24, bucketS: 1800 },
  '7d': { label: '7 d', words: 'the last 7 days', hours: 168, bucketS: 10_800 },
  '30d': { label: '30 d', words: 'the last 30 days', hours: 720, bucketS: 43_200 },
} as const;
export type JobRange = keyof typeof jobRanges;

/** The state of a job's page in its address; what is absent is the default. */
export interface JobSearch {
  readonly range?: JobRange;
  /** Statuses of the runs that are listed, with commas between; all where it is absent. */
  readonly status?: string;
  /** The part of the time whose runs are listed, ISO 8601; both or neither. */
  readonly from?: string;
  readonly to?: string;
  readonly edit?: true;
}

export interface JobView {
  readonly range: JobRange;
  readonly statuses: readonly RunStatus[];
  readonly span: Span | null;
}

export function isJobRange(text: unknown): text is JobRange {
  return typeof text === 'string' && Object.hasOwn(jobRanges, text);
}

/** Reads an address; what it does not know is left out. */
export function jobSearch(search: Readonly<Record<string, unknown>>): JobSearch {
  const { range, status, from, to, edit } = search;
  const statuses = statusesIn(status);
  const span = spanIn(from, to);
  return {
    ...(isJobRange(range) ? { range } : {}),
    ...(statuses.length > 0 ? { status: statuses.join(',') } : {}),
    ...(span === null ? {} : spanSearch(span)),
    ...(edit === true ? { edit } : {}),
  };
}

export function jobViewOf({ range, status, from, to }: JobSearch): JobView {
  return { range: range ?? '24h', statuses: statusesIn(status), span: spanIn(from, to) };
}

export function spanSearch({ from, to }: Span): { readonly from: string; readonly to: string } {
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}

/** The statuses after one of them was chosen, or given up. */
export function toggledStatuses(statuses: readonly RunStatus[], status: RunStatus): string | undefined {
  const left = runStatuses.filter((one) => (one === status ? !statuses.includes(one) : statuses.includes(one)));
  return left.length === 0 ? undefined : left.join(',');
}

function statusesIn(text: unknown): RunStatus[] {
  const words = typeof text === 'string' ? text.split(',') : [];
  return runStatuses.filter((status) => words.includes(status));
}

function spanIn(from: unknown, to: unknown): Span | null {
  if (typeof from !== 'string' || typeof to !== 'string') return null;
  const span = { from: Date.parse(from), to: Date.parse(to) };
  return span.from < span.to ? span : null;
}
