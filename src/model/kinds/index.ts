import { dns } from './dns.ts';
import { http } from './http.ts';
import type { KindDefinition, KindDescription } from './kind.ts';
import { ping } from './ping.ts';
import { speedtest } from './speedtest.ts';
import { system } from './system.ts';

/** Every kind that can be measured here. Adding one: its file, and a line in this object. */
export const kinds = { ping, dns, http, system } as const satisfies Record<string, KindDefinition>;

/** Kinds whose results are posted or imported and whose metrics are known, but which no probe of ours measures. */
export const postedKinds = { speedtest } as const satisfies Record<string, KindDescription>;

export type Kind = keyof typeof kinds;

export const kindNames = Object.keys(kinds) as readonly Kind[];

export function isKind(text: string): text is Kind {
  return Object.hasOwn(kinds, text);
}

/** The definition of a kind that can be measured here. */
export function findKind(text: string): KindDefinition | undefined {
  return isKind(text) ? kinds[text] : undefined;
}

/** What a kind's results mean, measured or posted; undefined for a name that only an outside system knows (benchmark, ...). */
export function findKindDescription(text: string): KindDescription | undefined {
  const posted: Readonly<Record<string, KindDescription>> = postedKinds;
  return findKind(text) ?? (Object.hasOwn(posted, text) ? posted[text] : undefined);
}

/** The word a job's `metrics` has for a kind. */
export function metricWord(kind: string): string {
  return findKindDescription(kind)?.words?.[0] ?? kind;
}

/** The kind that a word of a job's `metrics` stands for: its own name, or one of the words of a kind. */
export function kindOfWord(word: string): string {
  const all: readonly KindDescription[] = [...Object.values(kinds), ...Object.values(postedKinds)];
  return all.find(({ kind, words }) => kind === word || words?.includes(word) === true)?.kind ?? word;
}
