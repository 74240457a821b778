import { hash32 } from '../util/hash.ts';

/** The part of a traceroute's details that says which way packets went. */
export interface TracedPath {
  /** The address that was traced to. */
  readonly address: string | null;
  /** Distance of the first entry of `path`. */
  readonly first_ttl: number;
  /** For each distance the addresses that answered, sorted; null where none did. */
  readonly path: readonly (readonly string[] | null)[];
}

export interface PathComparison {
  /** Nothing that both saw speaks against it: two paths without a common distance are `same`, with `compared` 0. */
  readonly same: boolean;
  /** Distances at which both had an answer: how much the verdict rests on. */
  readonly compared: number;
  /** The first distance at which the paths differ; null where they do not. */
  readonly differsAtTtl: number | null;
}

/** One entry of a path from the addresses seen: without doubles, in one order whatever order they were seen in. */
export function pathStep(addresses: Iterable<string>): string[] | null {
  const step = [...new Set([...addresses].map((address) => address.toLowerCase()))].sort();
  return step.length === 0 ? null : step;
}

/** Whether two observations can be of one path (docs/methods/path-fingerprint.md). Symmetric, and not transitive. */
export function isSamePath(a: TracedPath, b: TracedPath): boolean {
  return comparePaths(a, b).same;
}

/**
 * Two observations differ where, at one distance, both had answers and no address in common, or where one had an
 * answer beyond the distance at which the destination, and nobody else, answered the other. Silence is no evidence.
 */
export function comparePaths(a: TracedPath, b: TracedPath): PathComparison {
  const last = Math.max(endOf(a), endOf(b));
  let compared = 0;
  for (let ttl = Math.min(a.first_ttl, b.first_ttl); ttl <= last; ttl++) {
    const [one, other] = [stepAt(a, ttl), stepAt(b, ttl)];
    if (one !== null && other !== null) {
      compared += 1;
      if (!one.some((address) => other.includes(address))) return { same: false, compared, differsAtTtl: ttl };
    } else if ((one !== null && isBeyondEnd(b, ttl)) || (other !== null && isBeyondEnd(a, ttl))) {
      return { same: false, compared, differsAtTtl: ttl };
    }
  }
  return { same: true, compared, differsAtTtl: null };
}

/**
 * What both observations of one path know together: the union of the addresses at each distance. A reference that
 * grows in this way learns every member of a balanced hop, and what is silent at times. Meant for paths that are the same.
 */
export function mergePaths(a: TracedPath, b: TracedPath): TracedPath {
  const first = Math.min(a.first_ttl, b.first_ttl);
  const length = Math.max(0, Math.max(endOf(a), endOf(b)) - first + 1);
  return {
    address: a.address ?? b.address,
    first_ttl: first,
    path: Array.from({ length }, (_, i) => pathStep([...(stepAt(a, first + i) ?? []), ...(stepAt(b, first + i) ?? [])])),
  };
}

/**
 * 16 hexadecimal digits of what one observation saw: at each distance that answered, the first address in the order
 * of text. Equal fingerprints mean the same path. Different ones do not mean another path: a hop that fell silent
 * changes it, as it must, because no value of a single observation can do without what that observation did not see.
 * null where nothing answered.
 */
export function pathFingerprint({ first_ttl, path }: Pick<TracedPath, 'first_ttl' | 'path'>): string | null {
  const seen = path.flatMap((step, i) => (step?.[0] === undefined ? [] : [`${first_ttl + i}=${step[0]}`]));
  if (seen.length === 0) return null;
  const text = seen.join(' ');
  // Two of 32 bits: paths of a series are few, those of a fleet are not.
  return [`1 ${text}`, `2 ${text}`].map((half) => hash32(half).toString(16).padStart(8, '0')).join('');
}

function stepAt({ first_ttl, path }: TracedPath, ttl: number): readonly string[] | null {
  return path[ttl - first_ttl] ?? null;
}

function endOf({ first_ttl, path }: TracedPath): number {
  return first_ttl + path.length - 1;
}

/** Whether the path ended before this distance, at the destination alone: with a router beside it, there are ways of several lengths. */
function isBeyondEnd(path: TracedPath, ttl: number): boolean {
  const end = path.path.at(-1);
  return ttl > endOf(path) && end?.length === 1 && end[0] === path.address?.toLowerCase();
}
