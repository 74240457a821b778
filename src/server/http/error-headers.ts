import type { TachoError } from '../../model/errors.ts';

/** Headers that go with an error: when to try again, and how to prove who one is. */
export function headersOf({ code, details }: TachoError): Record<string, string> {
  if (code === 'unauthenticated') return { 'www-authenticate': 'Bearer' };
  if (code === 'rate_limited' && typeof details === 'object' && details !== null && 'retry_after_s' in details) {
    return { 'retry-after': String(details.retry_after_s) };
  }
  return {};
}
