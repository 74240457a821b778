import { TachoError } from '../model/errors.ts';

/** A wall clock's reading in some zone: the epoch milliseconds it would be in UTC. */
export type LocalMs = number;

const LOCAL = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?$/;
const DAY_MS = 86_400_000;
/** Offsets change at multiples of this in every zone of today; one look-up serves all instants within it. */
const STEP_MS = 900_000;
/** Remembered offsets: about ten years of half-hourly rows. */
const MOST_REMEMBERED = 400_000;

/** A date and time without a zone, or null where the text is none or no such day or minute exists. */
export function parseLocal(text: string): LocalMs | null {
  const match = LOCAL.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour, minute, second = '0', fraction = ''] = match;
  const time = [Number(hour), Number(minute), Number(second), Number(`${fraction}000`.slice(0, 3))] as const;
  const at = Date.UTC(Number(year), Number(month) - 1, Number(day), ...time);
  const date = new Date(at);
  const isDay = Number(year) >= 1900 && date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
  return isDay && time[0] <= 23 && time[1] <= 59 && time[2] <= 59 ? at : null;
}

/** Turns a zone's wall clock into instants. */
export class LocalZone {
  readonly name: string;
  readonly #format: Intl.DateTimeFormat;
  readonly #offsets = new Map<number, number>();

  /** @throws {TachoError} invalid_request, where there is no such zone */
  constructor(name: string) {
    this.name = name;
    try {
      this.#format = new Intl.DateTimeFormat('en-US', {
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
      throw new TachoError('invalid_request', `unknown time zone: expected an IANA name such as Australia/Brisbane, or +10:00, got ${got}`, {
        cause: error,
      });
    }
  }

  /**
   * The instants at which the zone's wall clock shows this, in order: one; none where clocks were put forward over
   * it; two where they were put back and showed it twice.
   */
  instants(local: LocalMs): number[] {
    // Whatever offset holds at that reading, one of those a day before and a day after is it.
    const offsets = new Set([this.#offset(local - DAY_MS), this.#offset(local + DAY_MS)]);
    return [...offsets]
      .map((offset) => local - offset)
      .filter((instant) => instant + this.#offset(instant) === local)
      .sort((a, b) => a - b);
  }

  /** Wall clock minus UTC at an instant. */
  #offset(instant: number): number {
    const step = Math.floor(instant / STEP_MS);
    const known = this.#offsets.get(step);
    if (known !== undefined) return known;
    if (this.#offsets.size >= MOST_REMEMBERED) this.#offsets.clear();
    const offset = this.#offsetAt(step * STEP_MS);
    this.#offsets.set(step, offset);
    return offset;
  }

  #offsetAt(instant: number): number {
    const parts: Record<string, number> = {};
    for (const { type, value } of this.#format.formatToParts(instant)) parts[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) - instant;
  }
}

/**
 * The instant of a row by its local time. A reading that clocks showed twice is the first of the two, unless the
 * row before it, in a file that goes forward, came after that first one. Null where clocks never showed it.
 */
export function instantOf(local: LocalMs, zone: LocalZone, before: number | null): number | null {
  const [first, second] = zone.instants(local);
  if (first === undefined) return null;
  if (second !== undefined && before !== null && first < before && before <= second) return second;
  return first;
}
