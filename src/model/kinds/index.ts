import { dns } from './dns.ts';
import { http } from './http.ts';
import type { KindDefinition, KindDescription } from './kind.ts';
import { ping } from './ping.ts';
import { speedtest } from './speedtest.ts';
import { system } from './system.ts';
import { throughput } from './throughput.ts';
import { traceroute } from './traceroute.ts';

/** Every kind that can be measured here. Adding one: its file, and a line in this object. */
export const kinds = { ping, traceroute, dns, http, throughput, system } as const satisfies Record<string, KindDefinition>;

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
