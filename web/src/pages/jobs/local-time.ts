import { TachoError } from '../../../../src/model/errors.ts';
import { timeZoneOf, type TimeZone } from '../../../../src/model/timetable/time-zone.ts';

/** An instant as the wall clock of a zone shows it, in the form of a date field: `2026-11-22T10:00`; '' for none. */
export function localText(at: number | null, zone: string): string {
  return at === null ? '' : new Date(at + (zoneOf(zone)?.offsetAt(at) ?? 0)).toISOString().slice(0, 16);
}

/** What a date field stands for on the wire. What is no date is sent as it stands: the API says what it expects. */
export function wireInstant(written: string, zone: string): string | null {
  if (written.trim() === '') return null;
  const local = Date.parse(`${written}Z`);
  const known = zoneOf(zone);
  return Number.isNaN(local) || known === null ? written : new Date(known.instantOf(local, 'first')).toISOString();
}

/** null where there is no such zone: the API says so. */
function zoneOf(name: string): TimeZone | null {
  try {
    return timeZoneOf(name);
  } catch (error) {
    if (error instanceof TachoError) return null;
    throw error;
  }
}
