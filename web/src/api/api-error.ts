import { errorBody, type ErrorCode } from '../../../src/model/errors.ts';

/** What the API refused, in its own words; or that it could not be reached or understood. */
export class ApiError extends Error {
  /** HTTP status; null where no answer came. */
  readonly status: number | null;
  readonly code: ErrorCode | 'unreachable' | 'not_understood';

  constructor(code: ApiError['code'], message: string, options: { status?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ApiError';
    this.code = code;
    this.status = options.status ?? null;
  }

  /** No valid session: the page goes to the sign-in. */
  get sessionOver(): boolean {
    return this.status === 401;
  }
}

export function errorOfAnswer(status: number, body: unknown): ApiError {
  const parsed = errorBody.safeParse(body);
  if (parsed.success) return new ApiError(parsed.data.error.code, parsed.data.error.message, { status });
  return new ApiError('not_understood', `the server answered with status ${status} and no explanation`, { status });
}
