import { countText } from '../../../src/charts/number-text.ts';
import type { StateTone } from '../../../src/charts/theme.ts';
import type { Agent } from '../../../src/model/agent.ts';
import type { Result } from '../../../src/model/result.ts';
import type { RecentResults } from '../api/queries.ts';
import { kindTitle } from './metrics.ts';

/** What the sentence calls recent. */
export const RECENT_MS = 5 * 60_000;
/** More names than these are counted, not named. */
const MOST_NAMED = 2;

export interface Opening {
  readonly tone: StateTone;
  readonly sentences: readonly string[];
}

/** The answer first: what the page would say if it could say only this. */
export function opening(agents: readonly Agent[], recent: RecentResults, now: number): Opening {
  if (agents.length === 0) return { tone: 'unknown', sentences: ['No agent has connected yet.'] };
  const ours = agents.filter((agent) => agent.state !== 'revoked' && agent.state !== 'external');
  const silent = ours.filter((agent) => agent.state !== 'online');
  const measured = measurements(recent, now);
  return {
    tone: worst([silent.length > 0 ? 'bad' : 'good', measured.tone]),
    sentences: [...fleetSentences(ours, silent), ...measured.sentences],
  };
}

function fleetSentences(ours: readonly Agent[], silent: readonly Agent[]): string[] {
  if (ours.length === 0) return ['No agent of its own is enrolled; what is here was posted from outside.'];
  const online = ours.length - silent.length;
  const sentences = [`${online} of ${ours.length} agents ${online === 1 ? 'is' : 'are'} online.`];
  if (silent.length > 0) sentences.push(`${named(silent.map((agent) => agent.name))} ${silent.length === 1 ? 'is' : 'are'} silent.`);
  return sentences;
}

function measurements(recent: RecentResults, now: number): Opening {
  const within = recent.items.filter((result) => result.started_at > now - RECENT_MS);
  const runs = within.filter((result) => result.status !== 'skipped');
  const skipped = within.length - runs.length;
  if (runs.length === 0) {
    const latest = recent.items.length === 0 ? 'Nothing has been measured yet.' : 'Nothing was measured in the last 5 minutes.';
    return { tone: 'attention', sentences: [latest] };
  }
  const failed = runs.filter((result) => result.status !== 'success');
  // Older results of the five minutes may be on the server only: then the sentence counts what it knows.
  const all = recent.complete || within.length < recent.items.length;
  const succeeded = runs.length - failed.length;
  const sentences = [
    all
      ? `${succeeded} of ${runs.length} measurements succeeded in the last 5 minutes.`
      : `${succeeded} of the latest ${runs.length} measurements succeeded.`,
    ...failureSentences(failed),
  ];
  if (skipped > 0) sentences.push(`${countText(skipped, 'run was', 'runs were')} skipped.`);
  return { tone: failed.length > 0 ? 'bad' : 'good', sentences };
}

/** What fails and where: one clause a kind and destination, the most frequent first. */
function failureSentences(failed: readonly Result[]): string[] {
  const groups = [...Map.groupBy(failed, (result) => `${result.kind} ${result.destination ?? ''}`).values()].sort((a, b) => b.length - a.length);
  const clauses = groups.slice(0, MOST_NAMED).flatMap((results) => {
    const [newest] = results;
    if (newest === undefined) return [];
    const agents = named([...new Set(results.map((result) => result.agent))]);
    const what = newest.destination === null ? kindTitle(newest.kind) : `${kindTitle(newest.kind)} to ${newest.destination}`;
    return [`${what} failed on ${agents}${newest.failure === null ? '' : `: ${trimmed(newest.failure.message)}`}.`];
  });
  const more = groups.length - clauses.length;
  return more > 0 ? [...clauses, `${countText(more, 'other measurement')} failed too.`] : clauses;
}

function trimmed(message: string): string {
  return message.replace(/[.\s]+$/, '');
}

function named(names: readonly string[]): string {
  if (names.length <= MOST_NAMED) return names.join(' and ');
  return `${names.slice(0, MOST_NAMED).join(', ')} and ${names.length - MOST_NAMED} more`;
}

function worst(tones: readonly StateTone[]): StateTone {
  const order: readonly StateTone[] = ['bad', 'attention', 'unknown', 'good'];
  return order.find((tone) => tones.includes(tone)) ?? 'good';
}

/** The answer first, for one destination: its newest results by kind. */
export function destinationOpening(results: readonly Result[], now: number): string {
  const runs = results.filter((result) => result.status !== 'skipped' && result.started_at > now - RECENT_MS);
  if (runs.length === 0) return 'Nothing was measured here in the last 5 minutes.';
  const failed = runs.filter((result) => result.status !== 'success');
  const agents = new Set(runs.map((result) => result.agent)).size;
  const count = `${runs.length - failed.length} of ${runs.length} measurements from ${countText(agents, 'agent')} succeeded in the last 5 minutes.`;
  return [count, ...failureSentences(failed)].join(' ');
}
