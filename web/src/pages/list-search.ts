/** The state of a list in its address: what is looked for, the order, and the form that is open. */
export interface ListSearch {
  readonly q?: string;
  /** A column; with `-` before it, the other way round. */
  readonly sort?: string;
  /** A new one is being written. */
  readonly add?: true;
  /** The id of the one that is being changed. */
  readonly edit?: number;
}

/** Reads an address; what it does not know is left out. */
export function listSearch(search: Readonly<Record<string, unknown>>): ListSearch {
  const { q, sort, add, edit } = search;
  const text = typeof q === 'number' ? String(q) : q;
  return {
    ...(typeof text === 'string' && text !== '' ? { q: text } : {}),
    ...(typeof sort === 'string' && /^-?[a-z]+$/.test(sort) ? { sort } : {}),
    ...(add === true ? { add } : {}),
    ...(typeof edit === 'number' && Number.isInteger(edit) ? { edit } : {}),
  };
}

export interface Order {
  readonly column: string;
  readonly descending: boolean;
}

/** The order an address asks for, where there is such a column; else the first column's. */
export function orderOf(sort: string | undefined, columns: readonly string[]): Order {
  const column = sort?.replace(/^-/, '') ?? '';
  if (!columns.includes(column)) return { column: columns[0] ?? '', descending: false };
  return { column, descending: sort?.startsWith('-') === true };
}

/** The address after a click on a column's head: its order, or the other way round where it has it already. */
export function sortAfter(column: string, order: Order, columns: readonly string[]): string | undefined {
  const descending = order.column === column && !order.descending;
  if (column === columns[0] && !descending) return undefined;
  return descending ? `-${column}` : column;
}

/** Whether a row holds every word that is looked for. */
export function matches(q: string | undefined, texts: readonly (string | null)[]): boolean {
  const row = texts.join(' ').toLowerCase();
  return (q ?? '')
    .toLowerCase()
    .split(/\s+/)
    .every((word) => row.includes(word));
}

/** Text in the order people expect: 2 before 10, whatever the case. */
export function compareText(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
