import { countText } from '../../../src/charts/number-text.ts';
import type { StateTone } from '../../../src/charts/theme.ts';
import type { Agent, AgentState } from '../../../src/model/agent.ts';
import type { Result } from '../../../src/model/result.ts';
import type { RecentResults } from '../api/queries.ts';
import { stateTones, troubleWords } from './agent-words.ts';
import { kindTitle } from './metrics.ts';
import { namesOf, type Sentence } from './sentence.ts';

/** What the sentence calls recent. */
export const RECENT_MS = 5 * 60_000;
/** More failures than these are counted, not told. */
const MOST_TOLD = 2;

export interface Opening {
  readonly tone: StateTone;
  readonly sentences: readonly Sentence[];
}

/** The answer first: what the page would say if it could say only this. */
export function opening(agents: readonly Agent[], recent: RecentResults, now: number): Opening {
  if (agents.length === 0) return { tone: 'unknown', sentences: [['No agent has connected yet.']] };
  const fleet = fleetOpening(agents);
  const measured = measurements(recent, now);
  return { tone: worst([fleet.tone, measured.tone]), sentences: [...fleet.sentences, ...measured.sentences] };
}

/** The answer first, for the fleet alone. */
export function fleetOpening(agents: readonly Agent[]): Opening {
  if (agents.length === 0) return { tone: 'unknown', sentences: [['No agent has connected yet.']] };
  const ours = agents.filter((agent) => agent.state !== 'revoked' && agent.state !== 'external');
  const silent = ours.filter((agent) => agent.state !== 'online');
  return { tone: silent.length > 0 ? 'bad' : 'good', sentences: fleetSentences(ours, silent) };
}

function fleetSentences(ours: readonly Agent[], silent: readonly Agent[]): Sentence[] {
  const [only] = ours;
  if (only === undefined) return [['No agent of its own is enrolled; what is here was posted from outside.']];
  if (ours.length === 1) return [['The agent ', { to: 'agent', name: only.name }, silent.length === 0 ? ' is online.' : ' is silent.']];
  if (silent.length === 0) return [[`All ${ours.length} agents are online.`]];
  const online = ours.length - silent.length;
  return [
    [online === 0 ? `None of ${ours.length} agents is online.` : `${online} of ${ours.length} agents ${online === 1 ? 'is' : 'are'} online.`],
    [
      ...namesOf(
        'agent',
        silent.map((agent) => agent.name),
      ),
      silent.length === 1 ? ' is silent.' : ' are silent.',
    ],
  ];
}

function measurements(recent: RecentResults, now: number): Opening {
  const within = recent.items.filter((result) => result.started_at > now - RECENT_MS);
  const runs = within.filter((result) => result.status !== 'skipped');
  const skipped = within.length - runs.length;
  if (runs.length === 0) {
    const latest = recent.items.length === 0 ? 'Nothing has been measured yet.' : 'Nothing was measured in the last 5 minutes.';
    return { tone: 'attention', sentences: [[latest]] };
  }
  const failed = runs.filter((result) => result.status !== 'success');
  // Older results of the five minutes may be on the server only: then the sentence counts what it knows.
  const all = recent.complete || within.length < recent.items.length;
  const sentences: Sentence[] = [[countSentence(runs.length - failed.length, runs.length, { newest: !all })], ...failureSentences(failed)];
  if (skipped > 0) sentences.push([`${countText(skipped, 'run was', 'runs were')} skipped.`]);
  return { tone: failed.length > 0 ? 'bad' : 'good', sentences };
}

function countSentence(succeeded: number, runs: number, what: { who?: string; newest?: boolean } = {}): string {
  if (what.newest === true)
    return succeeded === runs ? `The latest ${runs} measurements all succeeded.` : `${succeeded} of the latest ${runs} measurements succeeded.`;
  if (runs === 1) return `The one measurement in the last 5 minutes ${succeeded === 1 ? 'succeeded' : 'failed'}.`;
  const measurements = `measurements${what.who ?? ''}`;
  if (succeeded === 0) return `None of ${runs} ${measurements} succeeded in the last 5 minutes.`;
  return `${succeeded === runs ? `All ${runs}` : `${succeeded} of ${runs}`} ${measurements} succeeded in the last 5 minutes.`;
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

/** The answer first, for one destination or one agent: its newest results by kind. */
export function subjectOpening(subject: 'agent' | 'destination', results: readonly Result[], now: number): Opening {
  const runs = results.filter((result) => result.status !== 'skipped' && result.started_at > now - RECENT_MS);
  if (runs.length === 0) return { tone: 'attention', sentences: [['Nothing was measured here in the last 5 minutes.']] };
  const failed = runs.filter((result) => result.status !== 'success');
  const agents = new Set(runs.map((result) => result.agent)).size;
  const who = subject === 'destination' && agents > 1 ? ` by ${countText(agents, 'agent')}` : '';
  const count = countSentence(runs.length - failed.length, runs.length, { who });
  return { tone: failed.length > 0 ? 'bad' : 'good', sentences: [[count], ...failureSentences(failed)] };
}

const stateSentences: Readonly<Record<AgentState, string>> = {
  online: 'Online.',
  late: 'Its heartbeat is overdue.',
  offline: 'It is silent.',
  revoked: 'Its credential was withdrawn.',
  external: 'It is known from posted results only.',
};

/** The answer first, for one agent: whether it is there, what troubles it, what it measured. */
export function agentOpening(agent: Agent, results: readonly Result[], now: number): Opening {
  const measured = subjectOpening('agent', results, now);
  const troubles = troubleWords(agent).map((words): Sentence => [`${words.charAt(0).toUpperCase()}${words.slice(1)}.`]);
  const tone = worst([stateTones[agent.state], measured.tone, troubles.length > 0 ? 'attention' : 'good']);
  return { tone, sentences: [[stateSentences[agent.state]], ...troubles, ...measured.sentences] };
}
