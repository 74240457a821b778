import * as z from 'zod';

/** Labels are low-cardinality strings; more than this many on one result is a mistake. */
const MOST_LABELS = 32;

export const labelKey = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/, 'invalid label key: expected letters, digits, _ . - and at most 64 of them');
export const labelValue = z.string().max(256, 'invalid label value: expected at most 256 characters');

export const labels = z
  .record(labelKey, labelValue)
  .refine((all) => Object.keys(all).length <= MOST_LABELS, `too many labels: expected at most ${MOST_LABELS}`);

export type Labels = z.infer<typeof labels>;
