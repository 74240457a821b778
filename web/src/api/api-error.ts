import * as z from 'zod';
import { errorBody, type ErrorCode, type Problem } from '../../../src/model/errors.ts';

const forcible = z.object({ can_force: z.literal(true) });
const problemList = z.array(z.object({ path: z.string(), message: z.string() }));

interface ApiErrorOptions {
  readonly status?: number;
  readonly problems?: readonly Problem[];
  readonly canForce?: boolean;
  readonly cause?: unknown;
}

/** What the API refused, in its own words; or that it could not be reached or understood. */
export class ApiError extends Error {
  /** HTTP status; null where no answer came. */
  readonly status: number | null;
  readonly code: ErrorCode | 'unreachable' | 'not_understood';
  /** What is wrong with which field of the request; empty where the refusal is not about one. */
  readonly problems: readonly Problem[];
  /** Something uses what was to be removed, and can do without it. */
  readonly canForce: boolean;

  constructor(code: ApiError['code'], message: string, options: ApiErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ApiError';
    this.code = code;
    this.status = options.status ?? null;
    this.problems = options.problems ?? [];
    this.canForce = options.canForce ?? false;
  }

  /** No valid session: the page goes to the sign-in. */
  get sessionOver(): boolean {
    return this.status === 401;
  }
}

export function errorOfAnswer(status: number, body: unknown): ApiError {
  const parsed = errorBody.safeParse(body);
  if (parsed.success) {
    const { code, message, details } = parsed.data.error;
    return new ApiError(code, message, {
      status,
      problems: problemList.safeParse(details).data ?? [],
      canForce: forcible.safeParse(details).success,
    });
  }
  return new ApiError('not_understood', `the server answered with status ${status} and no explanation`, { status });
}
