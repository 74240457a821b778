import { dns } from './dns.ts';
import { http } from './http.ts';
import type { KindDefinition } from './kind.ts';
import { ping } from './ping.ts';
import { system } from './system.ts';

/** Every kind that can be measured here. Adding one: its file, and a line in this object. */
export const kinds = { ping, dns, http, system } as const satisfies Record<string, KindDefinition>;

export type Kind = keyof typeof kinds;

export const kindNames = Object.keys(kinds) as readonly Kind[];

export function isKind(text: string): text is Kind {
  return Object.hasOwn(kinds, text);
}

/** The definition of a kind, or undefined for a name an outside system posts (benchmark, ...). */
export function findKind(text: string): KindDefinition | undefined {
  return isKind(text) ? kinds[text] : undefined;
}
