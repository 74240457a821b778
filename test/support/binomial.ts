/**
 * The central interval of a count of successes in `n` trials of probability `p`: the count lies below it, and above it,
 * with a probability of at most (1 - coverage) / 2 each. Exact, by adding up the distribution.
 */
export function binomialInterval(n: number, p: number, coverage: number): { low: number; high: number } {
  const tail = (1 - coverage) / 2;
  const probabilities: number[] = [];
  // By logarithms: (1 - p) ** n underflows for large n.
  let log = n * Math.log1p(-p);
  for (let k = 0; k <= n; k++) {
    probabilities.push(Math.exp(log));
    log += Math.log((n - k) / (k + 1)) + Math.log(p / (1 - p));
  }
  return { low: within(probabilities, tail), high: n - within(probabilities.toReversed(), tail) };
}

/** The first index before which the probabilities add up to at most `tail`, and after which they do not. */
function within(probabilities: readonly number[], tail: number): number {
  let sum = 0;
  for (const [k, probability] of probabilities.entries()) {
    sum += probability;
    if (sum > tail) return k;
  }
  return probabilities.length - 1;
}
