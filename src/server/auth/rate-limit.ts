import { isIPv6 } from 'node:net';
import { TachoError } from '../../model/errors.ts';
import type { Clock } from '../../util/clock.ts';

export interface FailureLimiterOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Failures an address may make at once, and within each `perMs` from then on. */
  readonly failures?: number;
  readonly perMs?: number;
  /** Addresses remembered; beyond, the one that failed longest ago is forgotten. */
  readonly mostAddresses?: number;
}

/** A person mistypes a few times a minute; a program that guesses does it thousands of times. */
const FAILURES = 10;
const PER_MS = 60_000;
/** About a megabyte. */
const MOST_ADDRESSES = 10_000;

interface Bucket {
  /** Failures left at `atMs`. */
  left: number;
  atMs: number;
}

/** A token bucket of failed authentications for each remote address. Only failures empty it. */
export class FailureLimiter {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #failures: number;
  readonly #perMs: number;
  readonly #mostAddresses: number;
  /** In the order of the last failure, oldest first. */
  readonly #buckets = new Map<string, Bucket>();

  constructor({ clock, failures = FAILURES, perMs = PER_MS, mostAddresses = MOST_ADDRESSES }: FailureLimiterOptions) {
    this.#clock = clock;
    this.#failures = failures;
    this.#perMs = perMs;
    this.#mostAddresses = mostAddresses;
  }

  /** Addresses remembered now. */
  get size(): number {
    return this.#buckets.size;
  }

  /**
   * Called before credentials are looked at.
   * @throws {TachoError} rate_limited, with `details.retry_after_s`
   */
  check(address: string): void {
    const bucket = this.#buckets.get(addressKey(address));
    if (bucket === undefined) return;
    const left = this.#leftOf(bucket);
    if (left >= 1) return;
    const retryAfterS = Math.ceil(((1 - left) * this.#perMs) / this.#failures / 1000);
    throw new TachoError('rate_limited', `too many failures from ${address}; try again in ${retryAfterS} s`, {
      details: { retry_after_s: retryAfterS },
    });
  }

  /** Called after credentials were refused. */
  fail(address: string): void {
    const key = addressKey(address);
    const bucket = this.#buckets.get(key);
    const left = bucket === undefined ? this.#failures : this.#leftOf(bucket);
    this.#buckets.delete(key);
    this.#forget();
    this.#buckets.set(key, { left: Math.max(0, left - 1), atMs: this.#clock.monotonic() });
  }

  /**
   * Called where good credentials are let in whatever others of that address did: the failure is told apart from the
   * many before it.
   * @throws {TachoError} rate_limited, in place of the failure itself
   */
  failOrRefuse(address: string): void {
    this.check(address);
    this.fail(address);
  }

  #leftOf(bucket: Bucket): number {
    const refilled = ((this.#clock.monotonic() - bucket.atMs) * this.#failures) / this.#perMs;
    return Math.min(this.#failures, bucket.left + refilled);
  }

  /** Drops, from the oldest, who has been forgiven, and one more where there is no room. */
  #forget(): void {
    for (const [key, bucket] of this.#buckets) {
      if (this.#leftOf(bucket) < this.#failures && this.#buckets.size < this.#mostAddresses) return;
      this.#buckets.delete(key);
    }
  }
}

export function createFailureLimiter(options: FailureLimiterOptions): FailureLimiter {
  return new FailureLimiter(options);
}

/**
 * What counts as one sender: an IPv4 address, or the /64 of an IPv6 one, because a single machine has all of that
 * network to choose from.
 */
export function addressKey(address: string): string {
  const plain = address.split('%', 1)[0] ?? '';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain);
  if (mapped?.[1] !== undefined) return mapped[1];
  if (!isIPv6(plain)) return plain;
  // The URL parser writes an address in its one canonical form (RFC 5952), so that only `::` is left to expand.
  const canonical = new URL(`http://[${plain}]`).hostname.slice(1, -1);
  const [head = '', tail = ''] = canonical.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === '' ? [] : tail.split(':');
  const missing = Array.from({ length: canonical.includes('::') ? 8 - before.length - after.length : 0 }, () => '0');
  return `${[...before, ...missing, ...after].slice(0, 4).join(':')}::/64`;
}
