import { docsStyle } from './docs-style.ts';

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly additionalProperties?: Schema | boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
  readonly description?: string;
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly description?: string;
    readonly schema: Schema;
  }[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

/** An OpenAPI document as far as this page reads it. */
export interface ApiDocument {
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** The API document as one page for people: no script, nothing loaded from elsewhere. */
export function docsPage(document: ApiDocument): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const tags = [...new Set(operations.map(({ operation }) => operation.tags[0] ?? ''))];
  const navigation = tags.map((tag) => `<li><a href="#${escape(tag)}">${escape(tag)}</a></li>`).join('');
  const sections = tags
    .map((tag) => {
      const own = operations.filter(({ operation }) => operation.tags[0] === tag);
      return `<section aria-labelledby="${escape(tag)}"><h2 id="${escape(tag)}">${escape(tag)}</h2>${own.map(({ path, method, operation }) => describe(path, method, operation)).join('')}</section>`;
    })
    .join('');
  const schemas = Object.entries(document.components.schemas)
    .map(([name, schema]) => `<article><h3 id="schema-${escape(name)}">${escape(name)}</h3>${fields(schema)}</article>`)
    .join('');
  const { title, version, description } = document.info;
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="/favicon.svg"><title>${escape(title)} API</title><style>${docsStyle()}</style></head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<nav aria-label="Contents"><p class="brand"><img src="/favicon.svg" alt="" width="20" height="20">${escape(title)} <small>${escape(version)}</small></p>
<ul>${navigation}<li><a href="#schemas">Schemas</a></li></ul>
<ul class="more"><li><a href="/">Dashboard</a></li><li><a href="/openapi.json">openapi.json</a></li></ul></nav>
<main id="content"><header><h1>${escape(title)} API</h1><p class="lead">${escape(description)} Send <code>Authorization: Bearer TOKEN</code>; the token of the first start is in the data directory.</p></header>
${sections}<section aria-labelledby="schemas"><h2 id="schemas">Schemas</h2>${schemas}</section></main>
</body></html>
`;
}

function describe(path: string, method: string, operation: Operation): string {
  const { summary, description, parameters = [], requestBody, responses } = operation;
  const rows = parameters
    .map(({ name, in: where, required, description: text, schema }) =>
      row(name, `${typeOf(schema)}, ${where}`, { required, text: text ?? schema.description }),
    )
    .join('');
  const body = schemaIn(requestBody);
  return `<article id="${escape(operation.operationId)}"><h3><span class="method">${method.toUpperCase()}</span> <code>${breakable(path)}</code></h3>
<p>${escape(summary)}. <span class="dim">${escape(description ?? 'No token needed.')}</span></p>
${rows === '' ? '' : `<h4>Parameters</h4>${table(rows)}`}
${body === undefined ? '' : `<h4>Body: ${typeOf(body)}</h4>${bodyFields(body)}`}
<h4>Answers</h4>${table(
    Object.entries(responses)
      .map(([status, answer]) => {
        const schema = schemaIn(answer);
        const nested = schema?.properties === undefined ? '' : `<details><summary>fields</summary>${fields(schema)}</details>`;
        return `<tr><th scope="row">${status}</th><td class="type">${schema === undefined ? '' : typeOf(schema)}</td><td>${escape(answer.description ?? '')}${nested}</td></tr>`;
      })
      .join(''),
  )}</article>`;
}

/** A body of one of several forms has a table for each. */
function bodyFields(body: Schema): string {
  const forms = (body.anyOf ?? body.oneOf ?? [body]).filter((form) => form.properties !== undefined);
  return forms.map(fields).join('<p>or</p>');
}

function schemaIn(content: Content | undefined): Schema | undefined {
  return content?.content?.['application/json']?.schema;
}

function fields(schema: Schema): string {
  const rows = Object.entries(schema.properties ?? {}).map(([name, field]) =>
    row(name, typeOf(field), { required: schema.required?.includes(name) ?? false, text: noteOf(field) }),
  );
  return rows.length === 0 ? `<p>${typeOf(schema)}</p>` : table(rows.join(''));
}

function table(rows: string): string {
  return `<div class="scroll"><table><tbody>${rows}</tbody></table></div>`;
}

function row(name: string, type: string, { required, text }: { required: boolean; text: string | undefined }): string {
  return `<tr><th scope="row"><code>${escape(name)}</code>${required ? '' : ' <small>optional</small>'}</th><td class="type">${type}</td><td>${escape(text ?? '')}</td></tr>`;
}

function noteOf(schema: Schema): string | undefined {
  const inner = schema.anyOf?.find((one) => one.description !== undefined) ?? schema;
  const preset = schema.default === undefined ? '' : ` Default: ${JSON.stringify(schema.default)}.`;
  return `${schema.description ?? inner.description ?? ''}${preset}`.trim() || undefined;
}

/** A schema in a few words of HTML. */
function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1) ?? '';
    return `<a href="#schema-${escape(name)}">${escape(name)}</a>`;
  }
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return [...new Set(choices.map(typeOf))].join(' or ');
  if (schema.enum !== undefined) return schema.enum.map((value) => `<code>${escape(JSON.stringify(value))}</code>`).join(' or ');
  if (schema.const !== undefined) return `<code>${escape(JSON.stringify(schema.const))}</code>`;
  if (schema.type === 'array') return `list of ${schema.items === undefined ? 'anything' : typeOf(schema.items)}`;
  if (schema.type === 'object') {
    const values = schema.additionalProperties;
    if (schema.properties === undefined && typeof values === 'object' && Object.keys(values).length > 0) return `map of ${typeOf(values)}`;
    return 'object';
  }
  const type = schema.format === 'date-time' ? 'instant' : [schema.type ?? 'anything'].flat().join(' or ');
  const bounds = [
    schema.minimum === undefined ? '' : `from ${schema.minimum}`,
    schema.maximum === undefined || schema.maximum > 1e15 ? '' : `to ${schema.maximum}`,
  ];
  return [type, ...bounds].filter((part) => part !== '' && !part.includes('-9007199254740991')).join(' ');
}

/** A path that may be broken after its slashes, where it does not fit. */
function breakable(path: string): string {
  return path.split('/').map(escape).join('/<wbr>');
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
