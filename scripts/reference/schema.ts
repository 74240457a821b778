/** The part of JSON Schema that is shown. */
export interface ShownSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly ShownSchema[];
  readonly oneOf?: readonly ShownSchema[];
  readonly items?: ShownSchema;
  readonly format?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly title?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, ShownSchema>>;
  readonly additionalProperties?: ShownSchema | boolean;
  readonly required?: readonly string[];
}

/** What a schema takes, in words. `link` says what stands for a schema that has a name. */
export function expectation(schema: ShownSchema, link: (name: string) => string = (name) => name): string {
  const again = (inner: ShownSchema): string => expectation(inner, link);
  if (schema.$ref !== undefined) return link(schema.$ref.split('/').at(-1) ?? '');
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return [...new Set(choices.map(again))].join(' or ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(String).join(', ');
  if (schema.items !== undefined) return `list of ${again(schema.items)}`;
  if (schema.format === 'date-time') return 'instant';
  if (typeof schema.additionalProperties === 'object') return `object of ${again(schema.additionalProperties)}`;
  const type = [schema.type ?? 'anything'].flat().join(' or ');
  // Whole numbers carry the range of a JavaScript integer where none was said: not worth a reader's time.
  const bounded = schema.minimum !== undefined && schema.maximum !== undefined && schema.maximum < Number.MAX_SAFE_INTEGER;
  if (bounded) return `${type}, ${String(schema.minimum)} to ${String(schema.maximum)}`;
  return schema.maxLength === undefined ? type : `${type} of at most ${String(schema.maxLength)} characters`;
}

export function said({ title, description }: ShownSchema): string {
  return description ?? title ?? '';
}

export function literal(value: unknown): string {
  return value === undefined ? '' : `\`${JSON.stringify(value)}\``;
}
