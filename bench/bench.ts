/** One measured number of a bench. */
export interface Figure {
  readonly value: number;
  /** What it is held against; absent where it only informs. */
  readonly target?: number;
  readonly better: 'higher' | 'lower';
  readonly unit: string;
}

export interface BenchContext {
  /** A smoke run: prove that the bench works, in seconds; its figures mean nothing. */
  readonly quick: boolean;
  readonly print: (line: string) => void;
}

/** A bench measures one hot path. It throws only where it could not measure; a missed target is a figure. */
export interface Bench {
  readonly name: string;
  readonly description: string;
  run(context: BenchContext): Promise<{ figures: Record<string, Figure> }>;
}
