import { countText } from '../../../src/charts/number-text.ts';
import type { Span } from './ranges.ts';

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const dated = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' });

const longAgo = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' });
/** From here on a day and a month may mean two of them. */
const NEEDS_YEAR_MS = 300 * 86_400_000;

/** The reader's own clock; with the day where it is not today's, and the year where it may not be this one. */
export function timeText(at: number, now: number): string {
  const sameDay = new Date(at).toDateString() === new Date(now).toDateString();
  if (sameDay) return clock.format(at);
  return (Math.abs(now - at) > NEEDS_YEAR_MS ? longAgo : dated).format(at);
}

const minuteClock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const minuteDated = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });

/** Since when, to the minute: `10:30`, `21 Nov, 10:30`, `21 Nov 2025, 10:30`. */
export function sinceText(at: number, now: number): string {
  if (new Date(at).toDateString() === new Date(now).toDateString()) return minuteClock.format(at);
  return (Math.abs(now - at) > NEEDS_YEAR_MS ? longAgo : minuteDated).format(at);
}

const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });

/** A day of the server's, which counts them in UTC. */
export function dayText(at: number): string {
  return day.format(at);
}

/** How long ago, coarse enough not to flicker. */
export function agoText(at: number, now: number): string {
  const seconds = Math.round((now - at) / 1000);
  if (seconds < 15) return 'just now';
  if (seconds < 55) return `${Math.round(seconds / 10) * 10} s ago`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.round(minutes / 60);
  if (hours < 48) return `${hours} h ago`;
  const days = Math.round(hours / 24);
  if (days < 60) return `${countText(days, 'day')} ago`;
  const months = Math.round(days / 30.44);
  return months < 24 ? `${countText(months, 'month')} ago` : `${countText(Math.round(days / 365.25), 'year')} ago`;
}

/** The reader's time zone in words, such as `times are Europe/Berlin`. */
export function zoneText(): string {
  return `times are ${new Intl.DateTimeFormat().resolvedOptions().timeZone}`;
}

/** A part of the past in the reader's own clock: `22 Nov, 10:00 to 10:30`. */
export function spanText({ from, to }: Span): string {
  const sameDay = new Date(from).toDateString() === new Date(to).toDateString();
  const short = { hour: '2-digit', minute: '2-digit', ...(to - from < 600_000 && { second: '2-digit' }) } satisfies Intl.DateTimeFormatOptions;
  const dated = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', ...short });
  return `${dated.format(from)} to ${sameDay ? new Intl.DateTimeFormat('en-GB', short).format(to) : dated.format(to)}`;
}

/** How often, in the largest unit that says it exactly: `5 min`, `90 s`. */
export function intervalText(seconds: number): string {
  const units = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
  ] as const;
  for (const [size, unit] of units) if (seconds >= size && seconds % size === 0) return `${seconds / size} ${unit}`;
  return `${seconds} s`;
}
