import * as z from 'zod';

/** ISO 8601 with an optional zone; seconds and fraction optional. A space may stand for the T. */
const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?(Z|z|[+-]\d{2}:?\d{2})?$/;

/** Epoch milliseconds of an ISO 8601 text (no zone = UTC), or null where it is not a real instant. */
export function parseInstant(text: string): number | null {
  return parseCanonical(text) ?? parseAny(text);
}

/**
 * The wire's own form, `2026-11-22T10:00:00.000Z`, read digit by digit: every result carries two, and this takes a
 * tenth of the time of the expression below. Null where the text is of another form or names no real instant.
 */
function parseCanonical(text: string): number | null {
  if (text.length !== 24 || text[4] !== '-' || text[7] !== '-' || text[10] !== 'T') return null;
  if (text[13] !== ':' || text[16] !== ':' || text[19] !== '.' || text[23] !== 'Z') return null;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 7);
  const day = digits(text, 8, 10);
  const hour = digits(text, 11, 13);
  const minute = digits(text, 14, 16);
  const second = digits(text, 17, 19);
  const ms = digits(text, 20, 23);
  // Days to 28 are in every month; the last ones of a month are left to the calendar below. So is the first century,
  // whose years `Date.UTC` reads as 19xx.
  const plain = year >= 100 && month >= 1 && month <= 12 && day >= 1 && day <= 28;
  if (!plain || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 || ms < 0) return null;
  return Date.UTC(year, month - 1, day, hour, minute, second, ms);
}

/** The number that the decimal digits from `from` up to `to` say; negative where one of them is no digit. */
function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function parseAny(text: string): number | null {
  const m = ISO.exec(text);
  if (!m) return null;
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] = m;
  const ms = (fraction + '000').slice(0, 3);
  const utc = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second), Number(ms));
  const date = new Date(utc);
  const real =
    date.getUTCFullYear() === Number(year) &&
    date.getUTCMonth() === Number(month) - 1 &&
    date.getUTCDate() === Number(day) &&
    Number(hour) <= 23 &&
    Number(minute) <= 59 &&
    Number(second) <= 59;
  if (!real) return null;
  if (zone === 'Z' || zone === 'z') return utc;
  const sign = zone.startsWith('-') ? -1 : 1;
  const hoursAndMinutes = zone.replace(':', '');
  const offsetMinutes = Number(hoursAndMinutes.slice(1, 3)) * 60 + Number(hoursAndMinutes.slice(3, 5));
  return utc - sign * offsetMinutes * 60_000;
}

/** ISO 8601 UTC with milliseconds: the wire's form of an instant. */
export function formatInstant(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

/** Instants inside are epoch milliseconds; on the wire they are ISO 8601 UTC texts. */
export const instant = z
  .codec(z.string().meta({ format: 'date-time' }), z.number(), {
    decode: (text, ctx) => {
      const ms = parseInstant(text);
      if (ms === null) {
        ctx.issues.push({
          code: 'custom',
          input: text,
          message: `invalid instant: expected ISO 8601 such as 2026-11-22T10:00:00.000Z, got ${JSON.stringify(text.slice(0, 64))}`,
        });
        return z.NEVER;
      }
      return ms;
    },
    encode: (ms) => formatInstant(ms),
  })
  .meta({ description: 'an instant, ISO 8601; read as UTC where it has no zone' });
