import * as z from 'zod';
import { errorCatalogue, refusalCatalogue } from '../src/model/errors.ts';
import type { KindDefinition, KindDescription } from '../src/model/kinds/kind.ts';
import { kinds, postedKinds } from '../src/model/kinds/index.ts';

const GENERATED = '<!-- Generated from the code by `npm run docs`; edit the code. -->';

/** The pages of docs/reference, by file name: the same words the program itself uses. */
export function referencePages(): Readonly<Record<string, string>> {
  return { 'errors.md': errorsPage(), 'kinds.md': kindsPage() };
}

function errorsPage(): string {
  const errors = Object.entries(errorCatalogue).map(([code, { status, meaning }]) => [`\`${code}\``, String(status), meaning]);
  const refusals = Object.entries(refusalCatalogue).map(([code, meaning]) => [`\`${code}\``, meaning]);
  return page([
    '# Errors',
    GENERATED,
    'Every error body is `{"error": {"code", "message", "details"?}}`. The code is stable; the message is for people and may change.',
    table(['code', 'HTTP status', 'meaning'], errors),
    '## Why one result of a batch was refused',
    'The other results of the batch are stored.',
    table(['code', 'meaning'], refusals),
  ]);
}

function kindsPage(): string {
  return page([
    '# Kinds of measurement',
    GENERATED,
    'What can be measured, with which options, and what a result holds. Metrics are finite numbers; what was not measured is absent.',
    ...Object.values(kinds).flatMap(kindSection),
    '## Posted kinds',
    'No agent measures these: other programs post them, or they are imported. Their metrics are known, so that they are shown and compared like any other.',
    ...Object.values(postedKinds).flatMap((kind) => [
      `### ${kind.title} (\`${kind.kind}\`)`,
      `${capital(kind.description)}.`,
      ...resultTables(kind, '####'),
    ]),
  ]);
}

function kindSection(definition: KindDefinition): string[] {
  const { kind, title, description, target, spec } = definition;
  return [
    `## ${title} (\`${kind}\`)`,
    `${capital(description)}. ${TARGETS[target]}`,
    '### Options',
    table(
      ['option', 'default', 'expected', 'meaning'],
      schemaRows(spec, ({ name, schema }) => [name, literal(schema.default), expectation(schema), said(schema)]),
    ),
    ...resultTables(definition, '###'),
  ];
}

function resultTables({ metrics, details }: KindDescription, heading: string): string[] {
  return [
    `${heading} Metrics`,
    table(
      ['metric', 'unit', 'better', 'meaning'],
      Object.entries(metrics).map(([name, metric]) => [`\`${name}\``, metric.unit, metric.better ?? 'neither', metric.description]),
    ),
    `${heading} Details`,
    table(
      ['field', 'holds', 'meaning'],
      schemaRows(details, ({ name, schema }) => [name, expectation(schema), said(schema)]),
    ),
  ];
}

const TARGETS: Readonly<Record<KindDefinition['target'], string>> = {
  host: 'Its destination is a host name or an address.',
  name: 'Its destination is a name to resolve.',
  url: 'Its destination is a URL.',
  none: 'It has no destination: an agent measures its own machine.',
};

/** The part of JSON Schema that is shown. */
interface ShownSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly ShownSchema[];
  readonly items?: ShownSchema;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly title?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, ShownSchema>>;
}

function schemaRows(object: z.ZodObject, row: (field: { name: string; schema: ShownSchema }) => string[]): string[][] {
  const { properties = {} } = z.toJSONSchema(object, { io: 'input' }) as ShownSchema;
  return Object.entries(properties).map(([name, schema]) => row({ name: `\`${name}\``, schema }));
}

function expectation(schema: ShownSchema): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map(expectation).join(' or ');
  if (schema.enum !== undefined) return schema.enum.map(String).join(', ');
  if (schema.items !== undefined) return `list of ${expectation(schema.items)}`;
  const type = [schema.type ?? 'anything'].flat().join(' or ');
  // Whole numbers carry the range of a JavaScript integer where none was said: not worth a reader's time.
  const bounded = schema.minimum !== undefined && schema.maximum !== undefined && schema.maximum < Number.MAX_SAFE_INTEGER;
  if (bounded) return `${type}, ${String(schema.minimum)} to ${String(schema.maximum)}`;
  return schema.maxLength === undefined ? type : `${type} of at most ${String(schema.maxLength)} characters`;
}

function said({ title, description }: ShownSchema): string {
  return description ?? title ?? '';
}

function literal(value: unknown): string {
  return value === undefined ? '' : `\`${JSON.stringify(value)}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '--')), ...rows.map(line)].join('\n');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function page(parts: readonly string[]): string {
  return `${parts.join('\n\n')}\n`;
}
