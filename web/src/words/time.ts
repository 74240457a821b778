import { countText } from '../../../src/charts/number-text.ts';

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const dated = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** The reader's own clock; with the day where it is not today's. */
export function timeText(at: number, now: number): string {
  const sameDay = new Date(at).toDateString() === new Date(now).toDateString();
  return (sameDay ? clock : dated).format(at);
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
  return `${countText(Math.round(hours / 24), 'day')} ago`;
}

/** The reader's time zone in words, such as `times are Europe/Berlin`. */
export function zoneText(): string {
  return `times are ${new Intl.DateTimeFormat().resolvedOptions().timeZone}`;
}
