import { countText } from '../../../src/charts/number-text.ts';
import type { Job } from '../../../src/model/job.ts';
import type { RunsSummary } from '../../../src/model/planned-run.ts';
import type { Opening } from './fleet.ts';
import { jobTones, nextText, reasonText } from './job-words.ts';
import type { Sentence } from './sentence.ts';

type Standing = Pick<Job, 'state' | 'state_reason' | 'next_run_at'>;
type Counts = Pick<RunsSummary, 'planned' | 'success' | 'failed' | 'timeout' | 'skipped' | 'missing' | 'pending'>;

/** The answer first, for one job: how it stands and why, what became of its plan, and what comes next. */
export function jobOpening(job: Standing, runs: Counts | null, { words, now }: { readonly words: string; readonly now: number }): Opening {
  const state: Sentence = [`${capital(job.state)}: ${reasonText(job.state_reason, now)}.`];
  const next: Sentence[] = job.next_run_at === null ? [] : [[nextSentence(job.next_run_at, now)]];
  const short = runs !== null && runs.failed + runs.timeout + runs.missing > 0;
  const tone = jobTones[job.state] === 'good' && short ? (runs.success === 0 ? 'bad' : 'attention') : jobTones[job.state];
  return { tone, sentences: [state, ...(runs === null ? [] : [[runsSentence(runs, words)]]), ...next] };
}

/** `1,430 of 1,440 runs of the last 24 hours succeeded; 8 failed, 2 are missing.` */
export function runsSentence(runs: Counts, words: string): string {
  const over = runs.planned - runs.pending;
  if (over === 0) return runs.planned === 0 ? `Nothing was planned in ${words}.` : `No run of ${words} is over yet.`;
  const rest = [
    ...(runs.failed === 0 ? [] : [`${runs.failed.toLocaleString('en')} failed`]),
    ...(runs.timeout === 0 ? [] : [`${runs.timeout.toLocaleString('en')} timed out`]),
    ...(runs.skipped === 0 ? [] : [countText(runs.skipped, 'was skipped', 'were skipped')]),
    ...(runs.missing === 0 ? [] : [countText(runs.missing, 'is missing', 'are missing')]),
  ];
  if (rest.length === 0) return over === 1 ? `The one run of ${words} succeeded.` : `All ${over.toLocaleString('en')} runs of ${words} succeeded.`;
  const succeeded = runs.success === 0 ? `None of ${countText(over, 'run')}` : `${runs.success.toLocaleString('en')} of ${countText(over, 'run')}`;
  return `${succeeded} of ${words} succeeded; ${rest.join(', ')}.`;
}

function nextSentence(at: number, now: number): string {
  const next = nextText(at, now);
  if (next === 'now') return 'The next run is due now.';
  return `The next run is ${next.startsWith('in ') ? next : `at ${next}`}.`;
}

function capital(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}

/** Of the overview: jobs that do not do what they are planned to; no sentence where all do. */
export function jobsSentence(jobs: readonly Pick<Job, 'name' | 'state' | 'state_reason'>[], now: number): Sentence[] {
  const wrong = jobs.filter((job) => job.state === 'error');
  const [only] = wrong;
  if (only === undefined) return [];
  if (wrong.length === 1) return [['The job ', { to: 'job', name: only.name }, ` is not reporting: ${reasonText(only.state_reason, now)}.`]];
  const named = wrong.slice(0, MOST_NAMED);
  const more = wrong.length - named.length;
  return [
    [
      `${wrong.length.toLocaleString('en')} jobs are not reporting: `,
      ...named.flatMap(({ name, state_reason: reason }, i) => [
        ...(i === 0 ? [] : ['; ']),
        { to: 'job' as const, name },
        ` (${reasonText(reason, now)})`,
      ]),
      more === 0 ? '.' : `; and ${more.toLocaleString('en')} more.`,
    ],
  ];
}

/** More jobs than these are counted, not told. */
const MOST_NAMED = 2;
