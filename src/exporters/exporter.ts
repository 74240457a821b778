/** A value of a table; null where there is none. */
export type Cell = string | number | null;

export interface Column {
  readonly name: string;
  /** Instants are epoch milliseconds. */
  readonly type: 'text' | 'number' | 'instant';
  /** Decimals shown where a format rounds for people; never fewer digits in the value itself. */
  readonly decimals?: number | undefined;
}

export type Row = readonly Cell[];

/** A table of any length, some rows at a time. */
export interface Table {
  readonly columns: readonly Column[];
  batches(): AsyncIterable<readonly Row[]>;
}

/** A chart of columns of the sheet it is on. */
export interface SheetChart {
  readonly type: 'line' | 'column';
  readonly title: string;
  readonly valueTitle: string;
  /** Rows of the sheet that it shows, from 0 (the first below the heads) to before `toRow`. */
  readonly fromRow: number;
  readonly toRow: number;
  readonly categories: number;
  readonly values: readonly number[];
}

export interface Sheet {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  readonly charts?: readonly SheetChart[];
}

export interface ExportDocument {
  readonly table: Table;
  /** What goes beside the table, for formats of several sheets. */
  sheets(): Promise<readonly Sheet[]>;
}

/** One format of a file. */
export interface Exporter {
  readonly extension: string;
  readonly contentType: string;
  /** Most rows of the table a file of this format takes here; null: any number, streamed. */
  readonly mostRows: number | null;
  /** Why `mostRows`, for whoever asks for more. */
  readonly why?: string;
  /** Pieces of the file, in order. */
  write(document: ExportDocument, options: { readonly signal: AbortSignal }): AsyncIterable<string | Uint8Array>;
}
