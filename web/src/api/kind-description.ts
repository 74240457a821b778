import * as z from 'zod';

/** The part of JSON Schema that options of a kind use. A form that another type comes to falls back to text. */
const plainOptionSchema = z.object({
  type: z.string().optional(),
  title: z.string().optional(),
  description: z.string().optional(),
  default: z.unknown().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  maxLength: z.number().optional(),
  enum: z.array(z.union([z.string(), z.number()])).optional(),
});

/** An option that may be empty is `anyOf` what it takes and null: its form is that of what it takes. */
const emptiable = z.object({ anyOf: z.tuple([z.looseObject({}), z.object({ type: z.literal('null') })]) });

export const optionSchema = z.preprocess((schema) => {
  const { success, data } = emptiable.safeParse(schema);
  return success ? { ...data.anyOf[0], ...(schema as object) } : schema;
}, plainOptionSchema);
export type OptionSchema = z.output<typeof optionSchema>;

/** A kind as `GET /api/kinds` describes it: what its forms are made of. */
export const kindDescription = z.object({
  kind: z.string(),
  title: z.string(),
  description: z.string(),
  target: z.enum(['host', 'name', 'url', 'none']),
  spec: z.object({ properties: z.record(z.string(), optionSchema).default({}) }),
});
export type KindDescription = z.output<typeof kindDescription>;
