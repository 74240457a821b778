import { countText } from '../../../src/charts/number-text.ts';
import type { StateTone } from '../../../src/charts/theme.ts';
import type { Health, SeenDestination } from '../api/seen-destination.ts';
import { sinceText } from './time.ts';

export const healthTones: Readonly<Record<Health['state'], StateTone>> = { ok: 'good', partial: 'attention', failing: 'bad', unknown: 'unknown' };

export interface StateWords {
  readonly tone: StateTone;
  readonly word: string;
  /** What stands behind the word; null where the word says all. */
  readonly more: string | null;
}

/** How a destination stands: left out, only posted, or as its agents see it. */
export function destinationState({ external, status, health }: Pick<SeenDestination, 'external' | 'status' | 'health'>, now: number): StateWords {
  if (status === 'inactive') return { tone: 'unknown', word: 'left out', more: null };
  if (external) return { tone: 'unknown', word: 'from posted results', more: null };
  if (health === null) return { tone: 'good', word: 'active', more: null };
  return { tone: healthTones[health.state], word: health.state, more: healthText(health, now) };
}

function healthText({ state, agents_ok: ok, agents_failing: failing, since }: Health, now: number): string | null {
  const from = since === null ? '' : ` since ${sinceText(since, now)}`;
  if (state === 'ok') return null;
  if (state === 'unknown') return 'not measured lately';
  if (state === 'failing')
    return `${failing === 1 ? 'its only agent fails' : failing === 2 ? 'both agents fail' : `all ${failing.toLocaleString('en')} agents fail`}${from}`;
  return `${countText(failing, 'agent')} of ${(ok + failing).toLocaleString('en')} ${failing === 1 ? 'fails' : 'fail'}${from}`;
}
