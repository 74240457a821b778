import * as z from 'zod';
import { resultInput } from '../model/result.ts';
import { refusalCatalogue, type RefusalCode } from '../model/errors.ts';

/** Where results are posted, by agents and everyone else. */
export const RESULTS_PATH = '/api/results';

/** Most results in one batch, and most bytes of its JSON once unpacked. */
export const MOST_RESULTS = 10_000;
export const LARGEST_BATCH = 8 * 1_048_576;

/** What is posted: each result is judged alone, so that one bad one does not refuse the others. */
export const batchInput = z.object({
  /** The spool's epoch; with it every result carries `seq` and the agent's own credential is needed. */
  epoch: z.string().min(1).max(64).optional(),
  /** Agent clock minus server clock when the batch was sent, for results that know none of their own. */
  clock_offset_ms: z.number().nullable().optional(),
  results: z.array(z.unknown()).min(1).max(MOST_RESULTS),
});

/** The documented form of a batch: what the OpenAPI document shows. */
export const batchDocument = batchInput.extend({ results: z.array(resultInput).min(1).max(MOST_RESULTS) });

export const refusal = z
  .object({
    /** Position in the posted list. */
    index: z.int().nonnegative(),
    seq: z.int().optional(),
    id: z.string().optional(),
    code: z.enum(Object.keys(refusalCatalogue) as [RefusalCode, ...RefusalCode[]]),
    message: z.string(),
  })
  .meta({ id: 'Refusal' });
export type Refusal = z.output<typeof refusal>;

export const batchAnswer = z.object({
  /** Stored by this request; they are on disk when this is read. */
  stored: z.int(),
  /** Already stored before, and not stored again. */
  duplicates: z.int(),
  refused: z.array(refusal),
  /** Everything of the epoch up to here is durable or refused: the agent may forget it. Absent without an epoch. */
  acknowledged: z.int().optional(),
});
export type BatchAnswer = z.output<typeof batchAnswer>;
