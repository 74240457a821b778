import * as z from 'zod';
import { errorBody, errorCatalogue, type ErrorCode } from '../../model/errors.ts';
import type { Route, RouteScope } from './route.ts';

type Json = Record<string, unknown>;

export interface OpenApiOptions {
  readonly version: string;
}

/** The OpenAPI 3.1 document of these routes: derived from what they are checked against, so it cannot say otherwise. */
export function openApiDocument(routes: readonly Route[], { version }: OpenApiOptions): Json {
  const components: Json = {};
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = openApiPath(route.path);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, components) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tachograph',
      version,
      description: 'Instants are ISO 8601 in UTC. Wherever an id is taken, a name is taken too. Numbers are never rounded.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    security: [{ bearer: [] }, { session: [] }],
    paths,
    components: {
      schemas: components,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'an API token, or an agent’s credential' },
        session: { type: 'apiKey', in: 'cookie', name: 'tacho_session', description: 'a browser’s session' },
      },
    },
  };
}

/** `/api/agents/:id` as OpenAPI writes it. */
export function openApiPath(path: string): string {
  return path.replace(/:(\w+)/g, '{$1}');
}

function operation(route: Route, components: Json): Json {
  const scopes = scopesOf(route);
  const isPublic = scopes.includes('public');
  const status = String(route.status ?? 200);
  return {
    operationId: operationId(route),
    summary: route.summary,
    tags: [tagOf(route.path)],
    ...(isPublic ? { security: [] } : { description: `Scope: ${scopes.join(' or ')}.` }),
    ...parameters(route, components),
    ...(route.body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(route.bodyDocument ?? route.body, components) } } } }),
    responses: {
      [status]: {
        description: status === '204' ? 'done; no content' : status === '201' ? 'created' : 'success',
        ...(route.response === undefined
          ? {}
          : { content: { ...mediaType(route.contentType ?? 'application/json', schemaOf(route.response, components)), ...otherContents(route) } }),
      },
      ...errorResponses(route, isPublic, components),
    },
  };
}

function mediaType(contentType: string, schema: Json): Json {
  return { [contentType.split(';')[0] ?? contentType]: { schema } };
}

function otherContents({ otherContentTypes = [] }: Route): Json {
  return Object.assign({}, ...otherContentTypes.map((contentType) => mediaType(contentType, { type: 'string', format: 'binary' }))) as Json;
}

function parameters(route: Route, components: Json): Json {
  const list = (['params', 'query'] as const).flatMap((where) => {
    const schema = route[where];
    if (schema === undefined) return [];
    const { properties = {}, required = [] } = schemaOf(schema, components) as { properties?: Record<string, Json>; required?: string[] };
    return Object.entries(properties).map(([name, { description, ...property }]) => ({
      name,
      in: where === 'params' ? 'path' : 'query',
      required: where === 'params' || required.includes(name),
      ...(description === undefined ? {} : { description }),
      schema: property,
    }));
  });
  return list.length === 0 ? {} : { parameters: list };
}

/** Every error a route can answer, by status; several codes may share one. */
function errorResponses(route: Route, isPublic: boolean, components: Json): Json {
  const codes = new Set<ErrorCode>(['invalid_request', 'internal', 'unavailable', ...(route.errors ?? [])]);
  if (!isPublic) for (const code of ['unauthenticated', 'forbidden', 'bad_origin', 'gone', 'rate_limited'] as const) codes.add(code);
  // A body that nobody asked for is refused like any other where it is none.
  if (route.method !== 'GET') for (const code of ['malformed_json', 'body_too_large', 'unsupported_media_type'] as const) codes.add(code);
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) byStatus.set(errorCatalogue[code].status, [...(byStatus.get(errorCatalogue[code].status) ?? []), code]);
  const schema = schemaOf(errorBody, components);
  return Object.fromEntries(
    [...byStatus]
      .sort(([a], [b]) => a - b)
      .map(([status, all]) => [
        String(status),
        { description: all.map((code) => `${code}: ${errorCatalogue[code].meaning}`).join('; '), content: { 'application/json': { schema } } },
      ]),
  );
}

/** JSON Schema of what travels: instants are texts. Schemas with an id of their own become components. */
function schemaOf(schema: z.ZodType, components: Json): Json {
  const { $schema: _, $defs, ...own } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Json & { $defs?: Record<string, Json> };
  const { id, ...body } = rewritten(own) as Json & { id?: string };
  for (const [name, definition] of Object.entries($defs ?? {})) {
    const { id: __, ...rest } = rewritten(definition) as Json & { id?: string };
    components[name] = rest;
  }
  if (id === undefined) return body;
  components[id] = body;
  return { $ref: `#/components/schemas/${id}` };
}

function rewritten(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rewritten);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === '$ref' && typeof item === 'string' ? item.replace('#/$defs/', '#/components/schemas/') : rewritten(item),
    ]),
  );
}

function scopesOf(route: Route): readonly RouteScope[] {
  return typeof route.scope === 'string' ? [route.scope] : route.scope;
}

function operationId(route: Route): string {
  const words = route.path
    .replace(/^\/api\//, '')
    .split(/[/:-]+/)
    .filter((word) => word !== '');
  return [route.method.toLowerCase(), ...words].map((word, index) => (index === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1))).join('');
}

function tagOf(path: string): string {
  return path.split('/')[2] ?? path.slice(1);
}
