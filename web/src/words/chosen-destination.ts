import type { Destination } from '../../../src/model/destination.ts';

interface ChosenFrom {
  /** Every destination there is; undefined while that is not known. */
  readonly destinations: readonly Destination[] | undefined;
  /** Those that a chart can show, the first of which is shown where none is chosen. */
  readonly choices: readonly Destination[];
}

/** The destination a chart shows: the one its address names, unless it has been removed; then the first there is. */
export function chosenDestination(named: string | null, { destinations, choices }: ChosenFrom): string | null {
  const first = choices[0]?.name ?? null;
  if (named === null) return first;
  if (destinations === undefined) return named;
  return destinations.find((one) => one.name === named || String(one.id) === named)?.name ?? first;
}
