import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import * as formats from 'ajv-formats';
import { openApiDocument } from '../../src/server/http/openapi.ts';
import { allRoutes } from '../../src/server/http/routes/index.ts';
import type { Services } from '../../src/server/services.ts';

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
}
interface Operation {
  readonly responses: Readonly<Record<string, Content>>;
}

const document = openApiDocument(allRoutes({} as Services), { version: '0.0.0-test' });
const paths = document['paths'] as Readonly<Record<string, Readonly<Record<string, Operation>>>>;
const templates = Object.keys(paths).map((path) => ({ path, pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`) }));

const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default.default(ajv);
ajv.addSchema({ $id: 'document', ...document });
const validators = new Map<object, ValidateFunction>();

export interface SeenAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/**
 * What of a real answer the API document does not allow, or null. Requests to what the document does not name, and by
 * methods it does not name, may only be refused.
 */
export function disagreement(method: string, url: string, { status, contentType, text }: SeenAnswer): string | null {
  // The same as GET without its body, and not a word of the document's.
  if (method === 'HEAD') return null;
  const path = new URL(url, 'http://localhost').pathname;
  const found = templates.find(({ pattern }) => pattern.test(path));
  const operation = found === undefined ? undefined : paths[found.path]?.[method.toLowerCase()];
  if (operation === undefined)
    return status >= 400 || !path.startsWith('/api/') ? null : `${method} ${path} is not in the document and answered ${status}`;
  const response = operation.responses[String(status)];
  if (response === undefined) return `${method} ${path} answered ${status}, which the document does not name: ${text.slice(0, 200)}`;
  if (response.content === undefined) return text === '' ? null : `${method} ${path} answered ${status} with a body the document does not know`;
  const schema = response.content[contentType.split(';')[0] ?? '']?.schema;
  if (schema === undefined) return `${method} ${path} answered ${status} as ${contentType}, which the document does not name`;
  let validate = validators.get(schema);
  if (validate === undefined) {
    validate = ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"document#/components')) as object);
    validators.set(schema, validate);
  }
  const value: unknown = contentType.startsWith('application/json') ? JSON.parse(text) : text;
  if (validate(value)) return null;
  return `${method} ${path} answered ${status} against the document: ${ajv.errorsText(validate.errors)}: ${text.slice(0, 300)}`;
}
