import { countText } from '../../../src/charts/number-text.ts';
import type { StateTone } from '../../../src/charts/theme.ts';
import type { Agent, AgentState } from '../../../src/model/agent.ts';
import type { Result } from '../../../src/model/result.ts';
import type { RecentResults } from '../api/queries.ts';
import { stateTones, troubleWords } from './agent-words.ts';
import { fleetOpening, isOurs, type Opening } from './fleet.ts';
import { jobsSentence } from './job-opening.ts';
import { freshMs, isFresh, periodText, shortestInterval } from './freshness.ts';
import { kindTitle } from './metrics.ts';
import { namesOf, type Sentence } from './sentence.ts';
import { cellState, isFailing, standing, type Cell, type StandingFrom } from './standing.ts';
import { sinceText } from './time.ts';

/** More failures than these are counted, not told. */
const MOST_TOLD = 2;

export interface OpeningFrom extends Omit<StandingFrom, 'results'> {
  readonly recent: RecentResults;
}

/** The answer first: what the page would say if it could say only this. */
export function opening(from: OpeningFrom, now: number): Opening {
  const fleet = fleetOpening(from.agents, now);
  if (from.agents.length === 0) return fleet;
  const measured = measurements(from, now);
  const silent = jobsSentence(from.jobs, now);
  const tone = worst([fleet.tone, measured.tone, silent.length > 0 ? 'bad' : 'good']);
  return { tone, sentences: [...fleet.sentences, ...silent, ...measured.sentences] };
}

/**
 * What was measured of late. What is counted came within the time in which results of the most frequent job are fresh;
 * what fails is the newest result of any cell that is fresh by its own job, and what is overdue is too old by it.
 */
function measurements({ recent, ...from }: OpeningFrom, now: number): Opening {
  const cells = standing({ ...from, results: recent.items }).flatMap((row) => [...row.cells.values()]);
  const standingNow = (result: Result): boolean => isKnown(result, from);
  const intervalS = shortestInterval(from.jobs);
  const within = recent.items.filter((result) => standingNow(result) && isFresh(result.started_at, intervalS, now));
  const runs = within.filter((result) => result.status !== 'skipped');
  const failed = runs.filter((result) => result.status !== 'success');
  const counted = new Set(failed.map((result) => result.id));
  const stillFailing = cells.flatMap((cell) =>
    cell.result !== null && isFailing(cell.result) && cellState(cell, now) === 'fresh' && !counted.has(cell.result.id) ? [cell.result] : [],
  );
  const failing = [...failed, ...stillFailing];
  const late = overdue(cells, { recent, agents: from.agents, now });
  // Older results of that time may be on the server only: then the sentence counts what it knows.
  const all = recent.complete || recent.items.some((result) => !isFresh(result.started_at, intervalS, now));
  const sentences: Sentence[] = [
    runs.length === 0
      ? [nothingWords(recent.items.find(standingNow) ?? null, { intervalS, now })]
      : [countSentence(runs.length - failed.length, runs.length, { intervalS, newest: !all })],
    ...failureSentences(failing),
    ...(late === 0 ? [] : [[`${countText(late, 'measurement is', 'measurements are')} overdue.`]]),
    ...(within.length === runs.length ? [] : [[`${countText(within.length - runs.length, 'run was', 'runs were')} skipped.`]]),
  ];
  // Between two runs of a job that runs once an hour there is nothing to worry about.
  const quiet = runs.length === 0 && !cells.some((cell) => cellState(cell, now) === 'fresh');
  return { tone: failing.length > 0 ? 'bad' : late > 0 || quiet ? 'attention' : 'good', sentences };
}

/** Whether what measured and what was measured are still there. */
function isKnown(result: Result, { agents, destinations }: Pick<OpeningFrom, 'agents' | 'destinations'>): boolean {
  const measured = result.destination_id === null || destinations.some((destination) => destination.id === result.destination_id);
  return measured && agents.some((agent) => agent.id === result.agent_id);
}

/** How many cells are overdue of agents that are there: the silence of an agent is said of the agent. */
function overdue(cells: readonly Cell[], { recent, agents, now }: Pick<OpeningFrom, 'recent' | 'agents'> & { readonly now: number }): number {
  const online = new Set(agents.filter((agent) => isOurs(agent) && agent.state === 'online').map((agent) => agent.id));
  const oldest = recent.items.at(-1)?.started_at ?? now;
  return cells.filter((cell) => {
    if (!online.has(cell.pair.agent_id) || cellState(cell, now) !== 'overdue') return false;
    // Where the results at hand do not reach back as far as the job allows, a newer one may be on the server.
    return cell.result !== null || recent.complete || !isFresh(oldest, cell.plan?.intervalS ?? null, now);
  }).length;
}

interface Period {
  readonly intervalS: number | null;
  readonly now: number;
}

function nothingWords(newest: Result | null, { intervalS, now }: Period): string {
  if (newest === null) return 'Nothing has been measured yet.';
  if (isFresh(newest.started_at, intervalS, now)) return `Nothing was measured in the last ${periodText(freshMs(intervalS))}.`;
  return `Nothing has been measured since ${sinceText(newest.started_at, now)}.`;
}

interface Counted {
  readonly intervalS: number | null;
  readonly who?: string;
  readonly newest?: boolean;
}

function countSentence(succeeded: number, runs: number, { intervalS, who = '', newest = false }: Counted): string {
  if (newest)
    return succeeded === runs ? `The latest ${runs} measurements all succeeded.` : `${succeeded} of the latest ${runs} measurements succeeded.`;
  const when = `in the last ${periodText(freshMs(intervalS))}`;
  if (runs === 1) return `The one measurement ${when} ${succeeded === 1 ? 'succeeded' : 'failed'}.`;
  const measurements = `measurements${who}`;
  if (runs === 2 && succeeded !== 1) return `${succeeded === 2 ? 'Both' : 'Neither of 2'} ${measurements} succeeded ${when}.`;
  if (succeeded === 0) return `None of ${runs} ${measurements} succeeded ${when}.`;
  return `${succeeded === runs ? `All ${runs}` : `${succeeded} of ${runs}`} ${measurements} succeeded ${when}.`;
}

/** What fails and where: one sentence a kind and destination, the most frequent first. */
function failureSentences(failed: readonly Result[]): Sentence[] {
  const groups = [...Map.groupBy(failed, (result) => `${result.kind} ${result.destination ?? ''}`).values()].sort((a, b) => b.length - a.length);
  const told = groups.slice(0, MOST_TOLD).flatMap((results): Sentence[] => {
    const [newest] = results;
    if (newest === undefined) return [];
    const agents = namesOf('agent', [...new Set(results.map((result) => result.agent))]);
    const where: Sentence = newest.destination === null ? [] : [' to ', { to: 'destination', name: newest.destination }];
    const why = newest.failure === null ? '' : `: ${trimmed(newest.failure.message)}`;
    return [[kindTitle(newest.kind), ...where, ' failed on ', ...agents, `${why}.`]];
  });
  const more = groups.length - told.length;
  return more > 0 ? [...told, [`${countText(more, 'other measurement')} failed too.`]] : told;
}

function trimmed(message: string): string {
  return message.replace(/[.\s]+$/, '');
}

function worst(tones: readonly StateTone[]): StateTone {
  const order: readonly StateTone[] = ['bad', 'attention', 'unknown', 'good'];
  return order.find((tone) => tones.includes(tone)) ?? 'good';
}

/** What the sentence of one page is made from: its results, newest first, and the interval of the job that measures it most often. */
export interface SubjectFrom {
  readonly results: readonly Result[];
  readonly intervalS: number | null;
}

/** The answer first, for one destination or one agent. */
export function subjectOpening(subject: 'agent' | 'destination', { results, intervalS }: SubjectFrom, now: number): Opening {
  const all = results.filter((result) => result.status !== 'skipped');
  const runs = all.filter((result) => isFresh(result.started_at, intervalS, now));
  if (runs.length === 0) {
    // Where no job measures it, its silence is nothing to worry about.
    const tone = intervalS === null && all.length > 0 ? 'unknown' : 'attention';
    const [newest] = all;
    if (newest === undefined) return { tone, sentences: [['Nothing has been measured here yet.']] };
    return { tone, sentences: [[`Nothing has been measured here since ${sinceText(newest.started_at, now)}.`]] };
  }
  const failed = runs.filter((result) => result.status !== 'success');
  const agents = new Set(runs.map((result) => result.agent)).size;
  const who = subject === 'destination' && agents > 1 ? ` by ${countText(agents, 'agent')}` : '';
  const count = countSentence(runs.length - failed.length, runs.length, { intervalS, who });
  return { tone: failed.length > 0 ? 'bad' : 'good', sentences: [[count], ...failureSentences(failed)] };
}

/** What is said of an agent by its state; null where its last sign of life is said. */
const stateSentences: Readonly<Record<AgentState, string | null>> = {
  online: 'Online.',
  late: 'It is connected, but overdue with a sign of life.',
  offline: null,
  revoked: 'Its credential was withdrawn.',
  external: 'This machine only posts results.',
};

/** The answer first, for one agent: whether it is there, what troubles it, what it measured. */
export function agentOpening(agent: Agent, from: SubjectFrom, now: number): Opening {
  const state = stateSentences[agent.state] ?? silentWords(agent, now);
  if (!isOurs(agent)) return { tone: stateTones[agent.state], sentences: [[state], ...postedSentences(from.results, now)] };
  const measured = subjectOpening('agent', from, now);
  const troubles = troubleWords(agent).map((words): Sentence => [`${words.charAt(0).toUpperCase()}${words.slice(1)}.`]);
  const tone = worst([stateTones[agent.state], measured.tone, troubles.length > 0 ? 'attention' : 'good']);
  return { tone, sentences: [[state], ...troubles, ...measured.sentences] };
}

function silentWords({ last_seen_at: at }: Agent, now: number): string {
  return at === null ? 'It has never connected.' : `It has been silent since ${sinceText(at, now)}.`;
}

/** Nobody plans what is posted: when the newest is from is all that can be said. */
function postedSentences(results: readonly Result[], now: number): Sentence[] {
  const [newest] = results;
  if (newest === undefined) return [['There is none yet.']];
  return [[`The newest is from ${sinceText(newest.started_at, now)}.`], ...(isFailing(newest) ? failureSentences([newest]) : [])];
}
