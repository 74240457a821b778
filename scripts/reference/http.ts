import { capital, code, GENERATED, page, table } from './markdown.ts';
import { expectation, literal, said, type ShownSchema } from './schema.ts';

interface Media {
  readonly schema: ShownSchema;
}
interface Operation {
  readonly summary: string;
  readonly description?: string;
  readonly security?: readonly unknown[];
  readonly tags: readonly string[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly description?: string;
    readonly schema: ShownSchema;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Readonly<Record<string, Media>> }>>;
}
export interface HttpDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, ShownSchema>> };
}

interface Route {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/** Errors that need not be said at each route. */
const EVERYWHERE = new Set(['500', '503']);

export function httpPage(document: HttpDocument): string {
  const routes: Route[] = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  const groups = [...new Set(routes.map(({ operation }) => operation.tags[0] ?? 'server'))];
  // Errors have a page of their own.
  const schemas = Object.entries(document.components.schemas).filter(([name]) => name !== 'Error');
  return page([
    '# HTTP API',
    GENERATED,
    'The same as the running server says at `/docs`, and for programs at `/openapi.json`. A request carries `Authorization: Bearer TOKEN`, or a browser\'s session. `write` may also read, `admin` may do both. Wherever an id is taken, a name is taken too. Bodies are JSON; instants are ISO 8601 in UTC; lists answer `{"items", "next"}`, where `next` is the `cursor` of the next page or null. Every route can also answer `500 internal` and `503 unavailable`; [errors.md](errors.md) explains the codes.',
    table(
      ['route', 'scope', 'does'],
      routes.map(({ method, path, operation }) => [`[\`${method} ${path}\`](#${anchor(method, path)})`, scopeOf(operation), operation.summary]),
    ),
    ...groups.flatMap((group) => [
      `## ${capital(group.replaceAll('-', ' '))}`,
      ...routes.filter(({ operation }) => (operation.tags[0] ?? 'server') === group).flatMap(section),
    ]),
    '## Things',
    ...schemas.flatMap(([name, schema]) => [`### ${name} (schema)`, ...description(schema)]),
  ]);
}

function section({ method, path, operation }: Route): string[] {
  const { parameters = [], requestBody, responses } = operation;
  const body = Object.values(requestBody?.content ?? {})[0]?.schema;
  const errors = Object.entries(responses).filter(([status]) => Number(status) >= 400 && !EVERYWHERE.has(status));
  return [
    `### ${method} ${path}`,
    `${operation.summary}. Scope: ${scopeOf(operation)}.`,
    ...(parameters.length === 0
      ? []
      : [
          table(
            ['parameter', 'in', 'default', 'expected', 'meaning'],
            parameters.map((parameter) => [
              code(parameter.name),
              `${parameter.in}${parameter.in === 'query' && parameter.required ? ', required' : ''}`,
              literal(parameter.schema.default),
              expectation(parameter.schema, link),
              parameter.description ?? said(parameter.schema),
            ]),
          ),
        ]),
    ...(body === undefined ? [] : withSchema('Body', body)),
    ...Object.entries(responses)
      .filter(([status]) => Number(status) < 400)
      .flatMap(([status, { description: text, content }]) => {
        const [type, media] = Object.entries(content ?? {})[0] ?? [];
        if (media === undefined) return [`Answers ${status}: ${text}.`];
        return withSchema(`Answers ${status}${type === 'application/json' ? '' : `, ${type ?? ''}`}`, media.schema);
      }),
    errors.length === 0
      ? 'No other errors.'
      : `Errors: ${errors.flatMap(([status, error]) => codesOf(error.description).map((name) => `${status} \`${name}\``)).join(', ')}.`,
  ];
}

/** A named schema is linked, a list says of what; any other is spread out. */
function withSchema(title: string, schema: ShownSchema): string[] {
  const { items } = schema.properties ?? {};
  if (schema.properties !== undefined && 'next' in schema.properties && items !== undefined) {
    const of = items.items ?? {};
    return of.properties === undefined ? [`${title}: a list of ${expectation(of, link)}.`] : [`${title}: a list; each item has`, ...description(of)];
  }
  if (schema.properties === undefined) return [`${title}: ${expectation(schema, link)}.`];
  return [`${title}:`, ...description(schema)];
}

function description(schema: ShownSchema): string[] {
  const { properties, required = [] } = schema;
  if (properties === undefined) return [`${capital(expectation(schema, link))}. ${said(schema)}`.trim()];
  const rows = fieldRows(properties, required, '');
  return [table(['field', 'default', 'expected', 'meaning'], rows)];
}

function fieldRows(properties: Readonly<Record<string, ShownSchema>>, required: readonly string[], prefix: string): string[][] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const own = [
      `\`${prefix}${name}\``,
      literal(schema.default) || (required.includes(name) ? '' : 'optional'),
      expectation(schema, link),
      said(schema),
    ];
    // Objects in objects, and lists of objects, are spread out under the name of what they are in.
    const inner = schema.properties === undefined ? schema.items : schema;
    const below =
      inner?.properties === undefined ? [] : fieldRows(inner.properties, inner.required ?? [], `${prefix}${name}${inner === schema ? '.' : '[].'}`);
    return [own, ...below];
  });
}

function scopeOf({ description: text, security }: Operation): string {
  if (security?.length === 0) return 'none needed';
  return /^Scope: ([^.]+)/.exec(text ?? '')?.[1] ?? '';
}

function codesOf(text: string): string[] {
  return text.split('; ').flatMap((part) => /^([a-z_]+): /.exec(part)?.[1] ?? []);
}

function link(name: string): string {
  return `[${name}](#${name.toLowerCase()}-schema)`;
}

/** As GitHub and most others make it of a heading. */
function anchor(method: string, path: string): string {
  return `${method} ${path}`
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}
