/** A run of neighbouring buckets with nothing missing between them: indexes, both inclusive. */
export interface Segment {
  readonly first: number;
  readonly last: number;
}

/**
 * How far apart the buckets of a series stand when nothing is missing, milliseconds: the 75th percentile of their
 * distances (nearest rank), and at least one bucket. Jobs run less often than a bucket is wide, or at another beat,
 * so the width of a bucket alone would call every pause between two runs a gap.
 */
export function usualStepMs(at: readonly number[], bucketMs: number): number {
  const steps = at.slice(1).map((instant, i) => instant - (at[i] ?? instant));
  if (steps.length === 0) return bucketMs;
  steps.sort((a, b) => a - b);
  return Math.max(bucketMs, steps[Math.ceil(steps.length * 0.75) - 1] ?? bucketMs);
}

/** Where a line may be drawn: it ends at a null and at a distance of more than one and a half usual steps. */
export function segmentsOf(at: readonly number[], values: readonly (number | null)[], bucketMs: number): Segment[] {
  const longest = usualStepMs(at, bucketMs) * 1.5;
  const segments: Segment[] = [];
  let first: number | null = null;
  let last = -1;
  for (const [i, instant] of at.entries()) {
    const present = (values[i] ?? null) !== null;
    if (first !== null && (!present || instant - (at[last] ?? instant) > longest)) {
      segments.push({ first, last });
      first = null;
    }
    if (present) {
      first ??= i;
      last = i;
    }
  }
  if (first !== null) segments.push({ first, last });
  return segments;
}
