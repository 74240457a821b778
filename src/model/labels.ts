import * as z from 'zod';

/** Labels are low-cardinality strings; more than this many on one result is a mistake. */
export const MOST_LABELS = 32;
export const LABEL_KEY = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/;
export const LONGEST_LABEL_VALUE = 256;

export const labelKey = z.string().regex(LABEL_KEY, 'invalid label key: expected letters, digits, _ . - and at most 64 of them');
export const labelValue = z.string().max(LONGEST_LABEL_VALUE, `invalid label value: expected at most ${LONGEST_LABEL_VALUE} characters`);

export const labels = z
  .record(labelKey, labelValue)
  .refine((all) => Object.keys(all).length <= MOST_LABELS, `too many labels: expected at most ${MOST_LABELS}`);

export type Labels = z.infer<typeof labels>;
