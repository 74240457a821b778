import { countText } from '../../../src/charts/number-text.ts';
import type { StateTone } from '../../../src/charts/theme.ts';
import type { Agent } from '../../../src/model/agent.ts';
import { namesOf, type Sentence } from './sentence.ts';
import { sinceText } from './time.ts';

/** What a page says first: how grave it is, and its sentences. */
export interface Opening {
  readonly tone: StateTone;
  readonly sentences: readonly Sentence[];
}

/** The answer first, for the fleet alone: who is there, who is not, and who only posts. */
export function fleetOpening(agents: readonly Agent[], now: number): Opening {
  if (agents.length === 0) return { tone: 'unknown', sentences: [['No agent has connected yet.']] };
  const ours = agents.filter(isOurs);
  const others = othersWords(agents);
  const silent = ours.filter((agent) => agent.state === 'offline');
  const late = ours.filter((agent) => agent.state === 'late');
  if (ours.length === 0) return { tone: 'unknown', sentences: [[`No agent measures: ${others}.`]] };
  const tail = others === '' ? '.' : `; ${others}.`;
  return {
    tone: silent.length > 0 ? 'bad' : late.length > 0 ? 'attention' : 'good',
    sentences: [...presence(ours, tail), ...silence(ours, silent, now), ...lateness(ours, late)],
  };
}

/** Measures by itself, and may do so: those whose silence means something. */
export function isOurs(agent: Pick<Agent, 'state'>): boolean {
  return agent.state !== 'revoked' && agent.state !== 'external';
}

/** How many are there; nothing for a single agent that is not, because its own sentence says so. */
function presence(ours: readonly Agent[], tail: string): Sentence[] {
  const [only] = ours;
  const online = ours.filter((agent) => agent.state === 'online').length;
  const count = ours.length;
  if (count === 1 && only !== undefined) {
    if (online === 1) return [['The agent ', { to: 'agent', name: only.name }, ` is online${tail}`]];
    return tail === '.' ? [] : [[`The only agent is not online${tail}`]];
  }
  if (online === count) return [[`${count === 2 ? 'Both' : `All ${count.toLocaleString('en')}`} agents are online${tail}`]];
  if (online === 0) return [[`${count === 2 ? 'Neither' : 'None'} of the ${count.toLocaleString('en')} agents is online${tail}`]];
  return [[`${online.toLocaleString('en')} of ${countText(count, 'agent')} ${online === 1 ? 'is' : 'are'} online${tail}`]];
}

function silence(ours: readonly Agent[], silent: readonly Agent[], now: number): Sentence[] {
  const [only] = silent;
  if (only === undefined) return [];
  if (silent.length > 1) return [[...namesOf('agent', names(silent)), ' are silent.']];
  const since = only.last_seen_at === null ? ' has never connected.' : ` has been silent since ${sinceText(only.last_seen_at, now)}.`;
  return [[ours.length === 1 ? 'The agent ' : '', { to: 'agent', name: only.name }, since]];
}

function lateness(ours: readonly Agent[], late: readonly Agent[]): Sentence[] {
  if (late.length === 0) return [];
  const plural = late.length > 1;
  return [
    [
      plural || ours.length > 1 ? '' : 'The agent ',
      ...namesOf('agent', names(late)),
      ` ${plural ? 'are' : 'is'} connected, but overdue with a sign of life.`,
    ],
  ];
}

/** Those in the list that are no agents of ours: `2 machines only post results and 1 agent is revoked`. */
function othersWords(agents: readonly Agent[]): string {
  const external = agents.filter((agent) => agent.state === 'external').length;
  const revoked = agents.filter((agent) => agent.state === 'revoked').length;
  return [
    ...(external === 0 ? [] : [countText(external, 'machine only posts results', 'machines only post results')]),
    ...(revoked === 0 ? [] : [countText(revoked, 'agent is revoked', 'agents are revoked')]),
  ].join(' and ');
}

function names(agents: readonly Agent[]): string[] {
  return agents.map((agent) => agent.name);
}
