import * as z from 'zod';
import { TachoError } from '../model/errors.ts';
import type { Connection } from './connection.ts';

/** A thing of the API as it travels: instants are texts. */
export type Wire<T extends z.ZodType> = z.input<T>;

/** Checks an answer and hands it on as it came, with what this program does not know of yet. */
export function wire<T extends z.ZodType>(schema: T, answer: unknown): Wire<T> {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return answer as Wire<T>;
  throw new TachoError('internal', 'the server answered something this program does not know: is it of another version?', { cause: parsed.error });
}

function wireList<T extends z.ZodType>(schema: T, answer: unknown): { items: Wire<T>[]; next: string | null } {
  wire(z.object({ items: z.array(schema), next: z.string().nullable() }), answer);
  return answer as { items: Wire<T>[]; next: string | null };
}

/** Every item of a list, page after page; the path may ask for some of them. */
export async function wholeList<T extends z.ZodType>(
  schema: T,
  path: string,
  api: Pick<Connection, 'request'>,
): Promise<{ items: Wire<T>[]; next: null }> {
  const items: Wire<T>[] = [];
  for (let cursor: string | null = null; ;) {
    const query: string = cursor === null ? '' : `${path.includes('?') ? '&' : '?'}${new URLSearchParams({ cursor }).toString()}`;
    const page: { items: Wire<T>[]; next: string | null } = wireList(schema, await api.request('GET', `${path}${query}`));
    items.push(...page.items);
    cursor = page.next;
    if (cursor === null) return { items, next: null };
  }
}

/** The path of one agent, destination or job by its name or id. */
export function thingPath(things: 'agents' | 'destinations' | 'jobs', reference: string): string {
  if (reference.trim() === '') throw new TachoError('invalid_request', 'invalid reference: expected a name or an id, got nothing');
  return `/api/${things}/${encodeURIComponent(reference)}`;
}

/** Removes what a path names. */
export async function removeThing(api: Pick<Connection, 'request'>, path: string, force = false): Promise<void> {
  try {
    await api.request('DELETE', force ? `${path}?force=true` : path);
  } catch (error) {
    const canForce = error instanceof TachoError && (error.details as { can_force?: boolean } | undefined)?.can_force === true;
    throw canForce ? new TachoError(error.code, `${error.message} (--force)`, { details: error.details, cause: error }) : error;
  }
}
