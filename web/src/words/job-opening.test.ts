import { describe, expect, test } from 'vitest';
import { aJob, NOW } from '../../test/fixtures.ts';
import { jobOpening, jobsSentence, runsSentence } from './job-opening.ts';
import { sentenceText } from './sentence.ts';

const none = { planned: 0, success: 0, failed: 0, timeout: 0, skipped: 0, missing: 0, pending: 0 };
const words = 'the last 24 hours';
const said = (opening: ReturnType<typeof jobOpening>): string => opening.sentences.map(sentenceText).join(' ');

describe('the sentence of a job', () => {
  test('says how it stands, what became of its plan, and what comes next', () => {
    const opening = jobOpening(aJob({ next_run_at: NOW + 60_000 }), { ...none, planned: 12, success: 11, pending: 1 }, { words, now: NOW });
    expect(said(opening)).toBe('Running: its runs are done as planned. All 11 runs of the last 24 hours succeeded. The next run is in 1 min.');
    expect(opening.tone).toBe('good');
  });

  test('is amber where some runs failed or are missing, and vermilion where all did or the job is in error', () => {
    expect(jobOpening(aJob(), { ...none, planned: 2, failed: 2 }, { words, now: NOW }).tone).toBe('bad');
    const runs = { ...none, planned: 10, success: 7, failed: 1, missing: 2 };
    expect(jobOpening(aJob(), runs, { words, now: NOW }).tone).toBe('attention');
    const wrong = aJob({ state: 'error', state_reason: 'its agent berlin is offline and never connected', next_run_at: null });
    expect(jobOpening(wrong, null, { words, now: NOW })).toEqual({
      tone: 'bad',
      sentences: [['Error: its agent berlin is offline and never connected.']],
    });
  });

  test('counts what was not done by what became of it', () => {
    expect(runsSentence({ ...none, planned: 1440, success: 1430, failed: 5, timeout: 2, skipped: 1, missing: 2 }, words)).toBe(
      '1,430 of 1,440 runs of the last 24 hours succeeded; 5 failed, 2 timed out, 1 was skipped, 2 are missing.',
    );
    expect(runsSentence({ ...none, planned: 2, missing: 2 }, words)).toBe('None of 2 runs of the last 24 hours succeeded; 2 are missing.');
    expect(runsSentence(none, words)).toBe('Nothing was planned in the last 24 hours.');
    expect(runsSentence({ ...none, planned: 1, pending: 1 }, words)).toBe('No run of the last 24 hours is over yet.');
  });
});

describe('the sentence of all jobs', () => {
  const wrong = (name: string) => aJob({ name, state: 'error', state_reason: `no agent matches ${name}` });

  test('names those that do not report, with why', () => {
    expect(jobsSentence([aJob(), wrong('a')], NOW).map(sentenceText)).toEqual(['The job a is not reporting: no agent matches a.']);
    expect(jobsSentence([wrong('a'), wrong('b')], NOW).map(sentenceText)).toEqual([
      '2 jobs are not reporting: a (no agent matches a); b (no agent matches b).',
    ]);
    expect(jobsSentence([wrong('a'), wrong('b'), wrong('c')], NOW).map(sentenceText)).toEqual([
      '3 jobs are not reporting: a (no agent matches a); b (no agent matches b); and 1 more.',
    ]);
  });

  test('is silent where all report', () => {
    expect(jobsSentence([aJob(), aJob({ state: 'stopped' })], NOW)).toEqual([]);
  });
});
