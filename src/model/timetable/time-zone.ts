import * as z from 'zod';
import { TachoError } from '../errors.ts';

/** A wall clock's reading in some zone: the epoch milliseconds it would be in UTC. */
export type LocalMs = number;

/** A time in which a zone keeps one offset: [from, to). Neighbours may have the same offset. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  /** Wall clock minus UTC. */
  readonly offsetMs: number;
}

const SECOND_MS = 1000;
const DAY_MS = 86_400_000;
/** Offsets are looked up once a week; no zone has changed its offset and taken that back within one. */
const BLOCK_MS = 7 * DAY_MS;
/** Blocks remembered a zone: about ten years. */
const MOST_BLOCKS = 520;
/** Zones remembered; there are about 450 real ones, and an agent meets a few. */
const MOST_ZONES = 500;
const ALWAYS_UTC: Stretch = { from: -Infinity, to: Infinity, offsetMs: 0 };
const UTC_NAMES = new Set(['UTC', 'Etc/UTC', 'GMT', 'Etc/GMT', 'Zulu', 'Etc/Zulu']);

/** An IANA time zone: its offsets, and the instants of its wall clock. UTC needs no `Intl` and so costs nothing. */
export class TimeZone {
  readonly name: string;
  /** null: always UTC. */
  readonly #format: Intl.DateTimeFormat | null;
  readonly #blocks = new Map<number, readonly Stretch[]>();

  /** @throws {TachoError} invalid_request, where there is no such zone */
  constructor(name: string) {
    this.name = name;
    this.#format = UTC_NAMES.has(name) ? null : formatOf(name);
  }

  offsetAt(instant: number): number {
    return this.stretchAt(instant).offsetMs;
  }

  stretchAt(instant: number): Stretch {
    if (this.#format === null) return ALWAYS_UTC;
    const number = Math.floor(instant / BLOCK_MS);
    let block = this.#blocks.get(number);
    if (block === undefined) {
      if (this.#blocks.size >= MOST_BLOCKS) this.#blocks.clear();
      block = stretchesOf(this.#format, number * BLOCK_MS, (number + 1) * BLOCK_MS);
      this.#blocks.set(number, block);
    }
    for (const stretch of block) if (instant < stretch.to) return stretch;
    return ALWAYS_UTC;
  }

  /**
   * The instant at which the wall clock shows this. Where it shows it twice, the one asked for; where clocks were put
   * forward over it, the instant of that change (the end of the gap). Grows with `local`, never falls.
   */
  instantOf(local: LocalMs, which: 'first' | 'last'): number {
    // No zone is a day or more from UTC, so the stretches within a day of the reading are all that count.
    let stretch = this.stretchAt(local - DAY_MS);
    let found: number | null = null;
    let gapEnd: number | null = null;
    for (;;) {
      const instant = local - stretch.offsetMs;
      if (instant >= stretch.from && instant < stretch.to) {
        if (which === 'first') return instant;
        found = instant;
      }
      if (stretch.to > local + DAY_MS) break;
      const next = this.stretchAt(stretch.to);
      if (instant >= stretch.to && local - next.offsetMs < next.from) gapEnd = next.from;
      stretch = next;
    }
    return found ?? gapEnd ?? local - stretch.offsetMs;
  }
}

const zones = new Map<string, TimeZone>();

/** The zone of a name, made once. */
export function timeZoneOf(name: string): TimeZone {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const zone = new TimeZone(name);
  if (zones.size >= MOST_ZONES) zones.clear();
  zones.set(name, zone);
  return zone;
}

/** A time zone by its IANA name. */
export const timeZone = z
  .string()
  .max(64)
  .superRefine((name, ctx) => {
    try {
      timeZoneOf(name);
    } catch (error) {
      ctx.addIssue({ code: 'custom', message: error instanceof TachoError ? error.message : `unknown time zone: got ${JSON.stringify(name)}` });
    }
  })
  .meta({ description: 'IANA time zone, such as Europe/Berlin', examples: ['UTC', 'Europe/Berlin'] });

function formatOf(name: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (error) {
    const got = JSON.stringify(name.slice(0, 64));
    throw new TachoError('invalid_request', `unknown time zone: expected an IANA name such as Europe/Berlin, got ${got}`, { cause: error });
  }
}

function stretchesOf(format: Intl.DateTimeFormat, from: number, to: number): Stretch[] {
  const stretches: Stretch[] = [];
  const last = offsetOf(format, to - SECOND_MS);
  let start = from;
  let offsetMs = offsetOf(format, from);
  while (offsetMs !== last) {
    // Halves [same, other] down to the second in which the offset changes; changes are at whole seconds.
    let same = start;
    let other = to - SECOND_MS;
    while (other - same > SECOND_MS) {
      const middle = same + Math.floor((other - same) / (2 * SECOND_MS)) * SECOND_MS;
      if (offsetOf(format, middle) === offsetMs) same = middle;
      else other = middle;
    }
    stretches.push({ from: start, to: other, offsetMs });
    start = other;
    offsetMs = offsetOf(format, other);
  }
  stretches.push({ from: start, to, offsetMs });
  return stretches;
}

/** Wall clock minus UTC, by what the zone's clock shows at an instant of whole seconds. */
function offsetOf(format: Intl.DateTimeFormat, instant: number): number {
  const parts: Record<string, string> = {};
  for (const { type, value } of format.formatToParts(instant)) parts[type] = value;
  const part = (type: string): number => Number(parts[type] ?? 0);
  const year = parts['era'] === 'BC' ? 1 - part('year') : part('year');
  const shown = new Date(0);
  // Not `Date.UTC`, which reads the years of the first century as 19xx.
  shown.setUTCFullYear(year, part('month') - 1, part('day'));
  shown.setUTCHours(part('hour'), part('minute'), part('second'));
  return shown.getTime() - instant;
}
