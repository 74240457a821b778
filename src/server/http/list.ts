import * as z from 'zod';
import { TachoError } from '../../model/errors.ts';

/** The form every list answers in. `next` is a cursor for the page after, or null. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}

/** A whole list on one page: what is small by nature, and the same on every server of a version. */
export function wholeList<T>(items: T[]): { items: T[]; next: null } {
  return { items, next: null };
}

/** Most items of a list that is answered whole unless a request says otherwise. */
export const MOST_ITEMS = 10_000;

/** A list of things, each with the fields that `fields` asks for. */
export function listOfSome<T extends z.ZodObject>(item: T) {
  const some = z.object(
    Object.fromEntries(Object.entries(item.shape).map(([name, schema]) => [name, z.optional(withoutDefault(schema as z.ZodType))])),
  );
  return listOf(z.union([item, some]));
}

/** A field that was not asked for is absent, not filled in. */
function withoutDefault(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodDefault ? (schema.unwrap() as z.ZodType) : schema;
}

/** The parameter by which a request asks for some of a thing's fields. */
export function fieldsOf<T extends z.ZodObject>(item: T) {
  const names = Object.keys(item.shape) as [string, ...string[]];
  const always = names.includes('id') ? '; id always' : '';
  return manyOf(z.enum(names))
    .optional()
    .meta({ description: `only these fields of each item, with commas between${always}: ${names.join(', ')}` });
}

/** What of a thing was asked for; all of it where nothing was said. */
export function withFields<T extends object>(item: T, fields: readonly string[] | undefined): T | Partial<T> {
  if (fields === undefined) return item;
  return Object.fromEntries(Object.entries(item).filter(([name]) => name === 'id' || fields.includes(name))) as Partial<T>;
}

/** The parameters of a list that is whole unless it is asked for in pages. */
export function pageQuery<T extends z.ZodObject>(item: T) {
  return z.object({
    fields: fieldsOf(item),
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .max(MOST_ITEMS)
      .default(MOST_ITEMS)
      .meta({ description: `most items of an answer, 1 to ${MOST_ITEMS}` }),
    cursor: z.string().max(200).optional().meta({ description: 'next of the answer before' }),
  });
}

/** A page of things that come in the order of their ids: those after the cursor's, whatever was added or removed meanwhile. */
export function pageOf<T extends { readonly id: number }>(
  all: readonly T[],
  { fields, limit, cursor }: z.output<ReturnType<typeof pageQuery>>,
): { items: (T | Partial<T>)[]; next: string | null } {
  const after = cursor === undefined ? 0 : idOfCursor(cursor);
  const rest = all.filter(({ id }) => id > after);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map((item) => withFields(item, fields)),
    next: last === undefined || rest.length === page.length ? null : Buffer.from(`id/${last.id}`).toString('base64url'),
  };
}

function idOfCursor(cursor: string): number {
  const id = /^id\/(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'))?.[1];
  if (id === undefined) throw new TachoError('invalid_request', 'cursor: expected the next of an earlier answer');
  return Number(id);
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
