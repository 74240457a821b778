import { TachoError } from '../model/errors.ts';

const seconds = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** Seconds of `90`, `90s`, `5m`, `1h` or `30d`. @throws {TachoError} invalid_request */
export function parseDuration(text: string, flag: string): number {
  const match = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(text.trim());
  if (match === null)
    throw new TachoError('invalid_request', `invalid ${flag}: expected a time such as 90s, 5m, 1h or 30d, got ${JSON.stringify(text)}`);
  const unit = (match[2] === '' ? 's' : match[2]) as keyof typeof seconds;
  return Number(match[1]) * seconds[unit];
}

/** The largest unit that says a whole number of seconds exactly: 60 is `1m`, 90 is `90s`. */
export function durationText(total: number): string {
  const units = Object.entries(seconds).reverse();
  const [unit, size] = units.find(([, length]) => total >= length && total % length === 0) ?? ['s', 1];
  return `${total / size}${unit}`;
}
