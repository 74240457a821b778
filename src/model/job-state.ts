import * as z from 'zod';

export const jobStates = ['scheduled', 'running', 'stopped', 'completed', 'error'] as const;
export const jobState = z.enum(jobStates).meta({
  description:
    'scheduled: begins later, or is outside of its windows; running: its runs are done as planned; stopped: a person stopped it; completed: its end is past; error: nothing of it can run, all its agents are silent, or runs are missing',
});
export type JobState = z.output<typeof jobState>;

/** An agent that the job selects, as far as its state goes. */
export interface JobAgent {
  readonly name: string;
  readonly state: 'online' | 'late' | 'offline';
  readonly lastSeenAt: number | null;
}

export interface JobFacts {
  readonly job: {
    readonly enabled: boolean;
    readonly start_time: number | null;
    readonly end_time: number | null;
    readonly agents: readonly string[];
    readonly destinations: readonly string[];
  };
  /** The next planned instant of any of its series; null where none is left. */
  readonly nextRunAt: number | null;
  /** Whether its time has come, and a window is open. */
  readonly isOpen: boolean;
  readonly agents: readonly JobAgent[];
  /** Whether a kind of it measures destinations. */
  readonly needsDestinations: boolean;
  /** How many destinations it selects, and how many of them are active. */
  readonly destinations: { readonly selected: number; readonly active: number };
  /** Lines of the plan. */
  readonly series: number;
  /** Kinds that agents cannot measure, of those agents that said what they can. */
  readonly unable: readonly { readonly agent: string; readonly kind: string; readonly why: string | null }[];
  /** What all its agents and kinds would be. */
  readonly pairs: number;
  /** Lines of connected agents whose newest run is overdue and not reported. */
  readonly missing: readonly { readonly what: string; readonly since: number }[];
}

export interface JobStanding {
  readonly state: JobState;
  /** Why, in words. */
  readonly state_reason: string;
  readonly next_run_at: number | null;
}

/** Names that a sentence holds; the others are counted. */
const MOST_NAMES = 3;

/** What state a job is in, and why: the first that holds. */
export function jobStandingOf(facts: JobFacts, now: number): JobStanding {
  const { job, nextRunAt } = facts;
  if (!job.enabled) return { state: 'stopped', state_reason: 'stopped by hand', next_run_at: null };
  if (job.end_time !== null && job.end_time <= now) return over(`its end was at ${instantText(job.end_time)}`);
  const problem = nothingRuns(facts);
  if (problem !== null) return { state: 'error', state_reason: problem, next_run_at: nextRunAt };
  if (nextRunAt === null) return over('no run is left in its plan');
  if (job.start_time !== null && job.start_time > now) {
    return { state: 'scheduled', state_reason: `begins at ${instantText(job.start_time)}`, next_run_at: nextRunAt };
  }
  if (!facts.isOpen) {
    return { state: 'scheduled', state_reason: `outside of its windows until ${instantText(nextRunAt)}`, next_run_at: nextRunAt };
  }
  const silence = silenceOf(facts);
  if (silence !== null) return { state: 'error', state_reason: silence, next_run_at: nextRunAt };
  return { state: 'running', state_reason: shortfallOf(facts) ?? 'its runs are done as planned', next_run_at: nextRunAt };
}

function over(reason: string): JobStanding {
  return { state: 'completed', state_reason: reason, next_run_at: null };
}

/** Why nothing of it can run, or null where something can. */
function nothingRuns({ job, agents, needsDestinations, destinations, series, unable, pairs }: JobFacts): string | null {
  if (agents.length === 0) return job.agents.includes('*') ? 'there is no agent yet' : `no agent matches ${namesOf(job.agents)}`;
  if (series === 0 && needsDestinations) {
    if (destinations.selected === 0) return `no destination matches ${namesOf(job.destinations)}`;
    if (destinations.active === 0)
      return destinations.selected === 1 ? 'its destination is inactive' : `all ${destinations.selected} destinations are inactive`;
    return 'none of its destinations fits its kinds';
  }
  if (unable.length > 0 && unable.length >= pairs) return `no agent can measure it: ${unableText(unable)}`;
  return null;
}

function silenceOf({ agents, missing }: JobFacts): string | null {
  if (agents.every(({ state }) => state === 'offline')) {
    const seen = agents.map(({ lastSeenAt }) => lastSeenAt).filter((at) => at !== null);
    const since = seen.length === 0 ? 'and never connected' : `since ${instantText(Math.max(...seen))}`;
    return agents.length === 1
      ? `its agent ${namesOf(agents.map(({ name }) => name))} is offline ${since}`
      : `all ${agents.length} agents are offline ${since}`;
  }
  if (missing.length === 0) return null;
  const since = Math.min(...missing.map((one) => one.since));
  return `runs are missing since ${instantText(since)}: ${namesOf(missing.map(({ what }) => what))}`;
}

/** What of it is not done, where the rest is. */
function shortfallOf({ agents, unable }: JobFacts): string | null {
  const offline = agents.filter(({ state }) => state === 'offline').map(({ name }) => name);
  const parts = [
    ...(offline.length === 0
      ? []
      : [`${offline.length} of ${agents.length} agents ${offline.length === 1 ? 'is' : 'are'} offline: ${namesOf(offline)}`]),
    ...(unable.length === 0 ? [] : [`cannot be measured everywhere: ${unableText(unable)}`]),
  ];
  return parts.length === 0 ? null : parts.join('; ');
}

function unableText(unable: JobFacts['unable']): string {
  return namesOf(
    unable.map(({ agent, kind, why }) => `${kind} on ${agent}${why === null ? '' : ` (${why})`}`),
    '; ',
  );
}

function namesOf(names: readonly string[], separator = ', '): string {
  const shown = names.slice(0, MOST_NAMES).join(separator);
  return names.length <= MOST_NAMES ? shown : `${shown}${separator}and ${names.length - MOST_NAMES} more`;
}

/** Texts print UTC without zone or milliseconds. */
function instantText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}
