import type { ControlStore } from './control-store.ts';

/** One empty database of an engine, for one test. */
export interface TestDatabase {
  open(clock: { now(): number }): Promise<ControlStore>;
  remove(): Promise<void>;
}

/** What a test of the contract works on: `store` is new for each, and its clock stands until the test moves it. */
export interface Subject {
  store: ControlStore;
  nowMs: number;
  /** Closes the store and opens the same database again. */
  reopen(): Promise<void>;
}

export const START = Date.UTC(2026, 10, 22, 10, 0, 0);

/** The SHA-256 of nothing in particular: as long as a real one, and another for each `n`. */
export function hashOf(n: number): string {
  return n.toString(16).padStart(64, '0');
}

/** Names that break out of what is built by gluing texts together. */
export const hostileNames: readonly string[] = [
  `'); drop table agents; --`,
  `"quoted" and 'quoted' and \`quoted\``,
  `back\\slash and %like_ and $1 and ? and :name`,
  '名前-ホスト',
  'caf\u00e9',
  'cafe\u0301',
  '🛰️👩‍👩‍👧 satellite',
  '{"json": [1, 2]}',
  'null',
  '__proto__',
];
