import * as z from 'zod';
import { TachoError } from '../model/errors.ts';

/** A thing of the API as it travels: instants are texts. */
export type Wire<T extends z.ZodType> = z.input<T>;

/** Checks an answer and hands it on as it came, with what this program does not know of yet. */
export function wire<T extends z.ZodType>(schema: T, answer: unknown): Wire<T> {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return answer as Wire<T>;
  throw new TachoError('internal', 'the server answered something this program does not know: is it of another version?', { cause: parsed.error });
}

export function wireList<T extends z.ZodType>(schema: T, answer: unknown): { items: Wire<T>[]; next: string | null } {
  wire(z.object({ items: z.array(schema), next: z.string().nullable() }), answer);
  return answer as { items: Wire<T>[]; next: string | null };
}

/** The path of one agent, destination or job by its name or id. */
export function thingPath(things: 'agents' | 'destinations' | 'jobs', reference: string): string {
  if (reference.trim() === '') throw new TachoError('invalid_request', 'invalid reference: expected a name or an id, got nothing');
  return `/api/${things}/${encodeURIComponent(reference)}`;
}
