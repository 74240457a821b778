import * as z from 'zod';

/** Longest name kept; long enough for a fully qualified host name. */
export const LONGEST_NAME = 253;

// Control characters would let a hostile name rewrite a terminal or a log line.
// eslint-disable-next-line no-control-regex
export const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

/** Whether a text of one line holds nothing that a terminal or a page would obey. */
export function isPlainText(text: string): boolean {
  return !CONTROL.test(text);
}

/** A name of an agent, destination or job: for people, unique, not all digits (an id is), no control characters. */
export const name = z
  .string()
  .trim()
  .min(1, 'invalid name: expected at least one character')
  .max(LONGEST_NAME, `invalid name: expected at most ${LONGEST_NAME} characters`)
  .refine((text) => !/^\d+$/.test(text), 'invalid name: expected something other than digits only (those are ids)')
  .refine(isPlainText, 'invalid name: expected no control characters')
  // Half of a surrogate pair is no character: no database and no file keeps it.
  .refine((text) => text.isWellFormed(), 'invalid name: expected whole characters, got half of a surrogate pair');

export const id = z.int().positive();

/** A reference to an agent, destination or job: its id (a number, or digits) or its name. */
export const reference = z
  .union([id, z.string().trim().min(1).max(LONGEST_NAME).refine(isPlainText, 'invalid reference: expected no control characters')])
  .meta({ description: 'an id or a name' });

export type Reference = z.infer<typeof reference>;

/** The id a reference stands for, or null where it is a name. */
export function referenceId(ref: Reference): number | null {
  if (typeof ref === 'number') return ref;
  return /^\d{1,15}$/.test(ref) ? Number(ref) : null;
}
