import { parseCron, nextCronInstant } from '../../../src/model/timetable/cron.ts';
import { TachoError } from '../../../src/model/errors.ts';
import { timeZoneOf } from '../../../src/model/timetable/time-zone.ts';
import { WeeklyWindows, type TimeWindow } from '../../../src/model/timetable/windows.ts';

export interface CronPlan {
  readonly cron: string;
  readonly time_zone: string;
  readonly windows: readonly TimeWindow[];
}

const MINUTE_MS = 60_000;
/** Minutes of a cron that windows leave out are passed over, up to so many. */
const MOST_TRIED = 5000;

/** The next minutes that a cron means and its windows let through; null where one of them cannot be read. */
export function nextInstants(
  { cron, time_zone, windows }: CronPlan,
  { from, count }: { readonly from: number; readonly count: number },
): number[] | null {
  try {
    const [parsed, zone] = [parseCron(cron), timeZoneOf(time_zone)];
    const weekly = windows.length === 0 ? null : new WeeklyWindows(windows, zone);
    const found: number[] = [];
    let at = nextCronInstant(parsed, zone, from);
    for (let tried = 0; at !== null && found.length < count && tried < MOST_TRIED; tried += 1) {
      if (weekly === null || weekly.isOpen(at)) found.push(at);
      at = nextCronInstant(parsed, zone, at + MINUTE_MS);
    }
    return found;
  } catch (error) {
    if (error instanceof TachoError) return null;
    throw error;
  }
}

/** An instant as a person of a zone says it: `Mon 23 Nov, 08:00`; null where there is no such zone. */
export function zonedText(at: number, zone: string): string | null {
  try {
    const form = { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', timeZone: zone } as const;
    return new Intl.DateTimeFormat('en-GB', form).format(at);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Each instant in the job's zone, and the reader's where that is another. */
export function instantTexts(instants: readonly number[], zones: { readonly job: string; readonly reader: string }): string[] {
  return instants.map((at) => {
    const [there, here] = [zonedText(at, zones.job), zonedText(at, zones.reader)];
    return there === here || here === null || there === null ? (there ?? here ?? '') : `${there} in ${zones.job}: ${here} here`;
  });
}
