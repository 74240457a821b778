import * as z from 'zod';
import { declaredJob } from './config-file.ts';
import { destinationInput } from './destination.ts';
import { isPlainText } from './name.ts';

const rest = {
  /** The file's name: what declared an object may change it, and is named where others may not. */
  source: z.string().trim().min(1).max(253).refine(isPlainText, 'invalid source: expected no control characters'),
  /** Only says what would be done. */
  dry_run: z.boolean().default(false),
  /** Removes what this source declared before and does not now. */
  prune: z.boolean().default(false),
  /** Keeps what this source declared before and does not now, as if made by hand. */
  release: z.boolean().default(false),
};

/** What is to be there. The objects are judged one by one, so that every problem of each is said at once. */
export const applyRequest = z
  .object({ ...rest, destinations: z.array(z.unknown()).max(20_000).default([]), jobs: z.array(z.unknown()).max(20_000).default([]) })
  .refine(({ prune, release }) => !prune || !release, { path: ['release'], error: 'expected either prune or release, got both' });
export type ApplyRequest = z.output<typeof applyRequest>;

/** The same for the API's document. */
export const applyDocument = z.object({ ...rest, destinations: z.array(destinationInput).default([]), jobs: z.array(declaredJob).default([]) });

export const applyAction = z.enum(['add', 'change', 'none', 'remove', 'release', 'keep']).meta({
  description:
    'add, change; none: it is so already; remove, release: declared here before and not now; keep: the same, and neither pruned nor released: it stays as it is',
});
export type ApplyAction = z.output<typeof applyAction>;

export const applyItem = z.object({
  thing: z.enum(['destination', 'job']),
  name: z.string(),
  action: applyAction,
  takes_over: z.boolean().meta({ description: 'made by hand or known only from results until now; from here on it is declared' }),
  changes: z
    .array(z.object({ field: z.string(), before: z.unknown(), after: z.unknown() }))
    .meta({ description: 'fields of a change, as a file says them' }),
});
export type ApplyItem = z.output<typeof applyItem>;

export const applyAnswer = z
  .object({
    source: z.string(),
    dry_run: z.boolean(),
    changed: z.boolean().meta({ description: 'whether anything is another than before, or would be' }),
    items: z.array(applyItem),
    warnings: z.array(z.object({ path: z.string(), message: z.string() })),
  })
  .meta({ id: 'Applied' });
export type ApplyAnswer = z.output<typeof applyAnswer>;
