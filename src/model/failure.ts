import * as z from 'zod';

/** Where a failed measurement failed: data, not an exception. */
export const failureSource = z.enum(['target', 'resolver', 'network', 'agent']);

export const FAILURE_CODE = /^[a-z][a-z0-9_]{0,63}$/;
export const LONGEST_FAILURE_MESSAGE = 2000;

export const failure = z
  .object({
    source: failureSource,
    /** A stable word for grouping: timeout, refused, unreachable, nxdomain, tool_missing, ... */
    code: z.string().regex(FAILURE_CODE, 'invalid failure code: expected lower-case words joined by _'),
    message: z.string().max(LONGEST_FAILURE_MESSAGE),
  })
  .meta({ id: 'Failure' });

export type Failure = z.infer<typeof failure>;
