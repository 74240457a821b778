import * as z from 'zod';

/** ISO 8601 with an optional zone; seconds and fraction optional. A space may stand for the T. */
const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?(Z|z|[+-]\d{2}:?\d{2})?$/;

/** Epoch milliseconds of an ISO 8601 text (no zone = UTC), or null where it is not a real instant. */
export function parseInstant(text: string): number | null {
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
  const digits = zone.replace(':', '');
  const offsetMinutes = Number(digits.slice(1, 3)) * 60 + Number(digits.slice(3, 5));
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
