import type { ResultWire } from '../model/result.ts';

/** One row of a foreign file: a result, or why it is none. Nothing is left out in silence. */
export type ImportedRow =
  | { readonly line: number; readonly result: Omit<ResultWire, 'agent'> }
  | { readonly line: number; readonly refused: string; /** Nothing after this row can be read. */ readonly fatal?: true };

/** Pieces of a text, as a file is read. */
export type TextPieces = Iterable<string> | AsyncIterable<string>;

export interface ImportOptions {
  /** Zone of the file's wall clock, where its times do not say one. */
  readonly timeZone: string;
}

/** Reads a foreign format: pieces of text in, rows out, one for each row of the file, in its order. */
export type Importer = (pieces: TextPieces, options: ImportOptions) => AsyncGenerator<ImportedRow>;
