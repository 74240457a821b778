import * as z from 'zod';
import { wordIssue, type Given } from './issue-text.ts';

/** Every error the API, the protocol and the command line can answer: the code, its HTTP status, what it means. */
export const errorCatalogue = {
  invalid_request: { status: 400, meaning: 'the request does not fit its schema; details list each problem with its path' },
  malformed_json: { status: 400, meaning: 'the body is not JSON' },
  unauthenticated: { status: 401, meaning: 'no valid token or session came with the request' },
  forbidden: { status: 403, meaning: "the token's scopes do not allow this" },
  bad_origin: { status: 403, meaning: "a browser sent this from another site's page" },
  not_found: { status: 404, meaning: 'there is no such thing' },
  method_not_allowed: { status: 405, meaning: 'the route exists but not with this method' },
  name_taken: { status: 409, meaning: 'something of that kind already has that name' },
  conflict: { status: 409, meaning: 'the change does not fit the present state' },
  gone: { status: 410, meaning: 'the link or token was used up, revoked or has expired' },
  body_too_large: { status: 413, meaning: 'the body is larger than the limit' },
  unsupported_media_type: { status: 415, meaning: 'the body is not application/json, or its encoding is not gzip' },
  rate_limited: { status: 429, meaning: 'too many failures from this address; Retry-After says when to try again' },
  internal: { status: 500, meaning: 'a fault of the server; its log has the cause under the request id' },
  unavailable: { status: 503, meaning: 'the server is starting or stopping, or cannot write; try again' },
} as const satisfies Record<string, { status: number; meaning: string }>;

export type ErrorCode = keyof typeof errorCatalogue;

/** Why one result of a batch was refused; the others are stored. */
export const refusalCatalogue = {
  invalid_result: 'the result does not fit its schema',
  not_yours: "the result names another agent than the credential's own",
  in_the_future: 'the result is more than 10 minutes ahead of the server, after the correction for the clock offset',
  too_late: "an agent's result older than 14 days",
  unknown_reference: 'an id that no agent, destination or job has',
  out_of_order: 'sequence numbers of a batch that do not grow',
} as const;

export type RefusalCode = keyof typeof refusalCatalogue;

export const errorBody = z
  .object({
    error: z.object({
      code: z.enum(Object.keys(errorCatalogue) as [ErrorCode, ...ErrorCode[]]),
      message: z.string(),
      details: z.unknown().optional(),
    }),
  })
  .meta({ id: 'Error' });
export type ErrorBody = z.infer<typeof errorBody>;

/** An error meant for the one who asked. Anything else that is thrown is a fault of ours. */
export class TachoError extends Error {
  readonly code: ErrorCode;
  readonly details: unknown;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; details?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'TachoError';
    this.code = code;
    this.details = options.details;
  }

  get status(): number {
    return errorCatalogue[this.code].status;
  }
}

/** A validation problem in one line: path, then message. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

/**
 * Every problem zod found, flattened, in our words and with paths people can read: `jobs[0].interval`. With what
 * was checked at hand, each says what came, too.
 */
export function problemsOf(error: z.ZodError, given: Given | null = null): Problem[] {
  return error.issues.flatMap((issue) => wordIssue(issue, given)).map(({ path, text }) => ({ path: pathText(path), message: text }));
}

function pathText(parts: readonly PropertyKey[]): string {
  return parts.reduce<string>(
    (path, part) => (typeof part === 'number' ? `${path}[${part}]` : path === '' ? String(part) : `${path}.${String(part)}`),
    '',
  );
}
