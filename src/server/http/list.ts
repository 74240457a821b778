import * as z from 'zod';

/** The form every list answers in. `next` is a cursor for the page after, or null. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}

/** A whole list on one page: what is small by nature. */
export function wholeList<T>(items: T[]): { items: T[]; next: null } {
  return { items, next: null };
}

/** A query parameter that may be given once, several times, or as words with commas between. */
export function manyOf<T extends z.ZodType>(item: T) {
  return z
    .union([z.string(), z.array(z.string())])
    .transform((value) => (Array.isArray(value) ? value : value.split(',')).map((part) => part.trim()).filter((part) => part !== ''))
    .pipe(
      z
        .array(item as unknown as z.ZodType<z.output<T>, string>)
        .min(1)
        .max(100),
    );
}

export const idParams = z.object({ id: z.string().min(1).max(300).meta({ description: 'an id or a name' }) });
