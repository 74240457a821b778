import fc from 'fast-check';
import { openApiDocument } from '../../src/server/http/openapi.ts';
import { allRoutes } from '../../src/server/http/routes/index.ts';
import type { Services } from '../../src/server/services.ts';
import { inPath, oddAuthorization, oddContentType, oddHeaders, oddPacking, rawQuery, type Packing } from './envelope.ts';
import { oddText } from './hostile.ts';
import { Later, type Remembered } from './memory.ts';
import { schemaValues, type Schema, type Values } from './schema-values.ts';

/** Who a request says it is from. */
export type Sender = 'admin' | 'write' | 'read' | 'agent' | 'enrolment' | 'other-token' | 'browser' | 'nobody' | 'odd';

export interface MadeRequest {
  /** The path in the document; null for one that is not there. */
  readonly template: string | null;
  readonly method: string;
  readonly path: string;
  /** In the place of `{id}`. */
  readonly id: string | Later | null;
  readonly query: readonly (readonly [string, unknown])[];
  /** Added to the query as it is. */
  readonly rawQuery: string;
  /** undefined for none. */
  readonly body: unknown;
  readonly packing: Packing;
  readonly contentType: string | null;
  readonly sender: Sender;
  readonly oddAuthorization: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface Operation {
  readonly description?: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema } } };
}
interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const api = openApiDocument(allRoutes({} as Services), { version: '0.0.0-test' }) as unknown as ApiDocument;

/** Every route of the document: `GET /api/jobs/{id}`. */
export const routeTitles: readonly string[] = Object.entries(api.paths).flatMap(([path, operations]) =>
  Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
);

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY'] as const;

/** How often a route is asked for beside the others: 10 unless said. */
const weights: Readonly<Record<string, number>> = {
  'POST /api/results': 60,
  'GET /api/results': 40,
  'GET /api/series': 30,
  'POST /api/jobs': 30,
  'PUT /api/jobs/{id}': 20,
  'POST /api/destinations': 30,
  'POST /api/agent/enrol': 30,
  'POST /api/enrollment-tokens': 20,
  'POST /api/fleet/widget-logs': 25,
  'GET /api/fleet/widget-logs': 20,
  'GET /api/fleet/speedtest/summary': 20,
  'POST /api/login-links': 15,
  // A password costs its hash, which is slow on purpose.
  'PUT /api/password': 2,
  'POST /api/session': 8,
  // What takes everything away, so that something is left to ask for.
  'DELETE /api/password': 2,
  'DELETE /api/sessions': 3,
  'DELETE /api/agents/{id}': 4,
  'POST /api/agents/{id}/revoke': 4,
  'DELETE /api/jobs/{id}': 6,
  'DELETE /api/destinations/{id}': 6,
};

/** One request in a run: mostly what a route expects, often with something wrong, sometimes wrong altogether. */
export function madeRequest(): fc.Arbitrary<MadeRequest> {
  const components = api.components.schemas;
  const right = schemaValues({ components, wrongOneIn: 0 });
  const wrong = schemaValues({ components, wrongOneIn: 12 });
  const known = routeTitles.map((title) => {
    const [method = '', path = ''] = title.split(' ');
    const operation = api.paths[path]?.[method.toLowerCase()] ?? {};
    const arbitrary = fc.oneof(
      { weight: 5, arbitrary: toRoute({ method, path, operation, values: right, isRight: true }) },
      { weight: 5, arbitrary: toRoute({ method, path, operation, values: wrong, isRight: false }) },
    );
    return { weight: weights[title] ?? 10, arbitrary };
  });
  return fc.oneof({ weight: 15, arbitrary: fc.oneof(...known) }, { weight: 1, arbitrary: nowhere() });
}

interface RouteOptions {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
  readonly values: Values;
  readonly isRight: boolean;
}

function toRoute({ method, path, operation, values, isRight }: RouteOptions): fc.Arbitrary<MadeRequest> {
  const schema = operation.requestBody?.content['application/json'].schema;
  const rarely = <T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>): fc.Arbitrary<T> =>
    isRight ? usual : fc.oneof({ weight: 12, arbitrary: usual }, { weight: 1, arbitrary: odd });
  const body = schema === undefined ? fc.constant(undefined) : values(schema, 'body');
  return fc.record({
    template: fc.constant(path),
    method: rarely(fc.constant(method), fc.constantFrom(...methods)),
    path: fc.constant(path),
    id: path.includes('{id}') ? rarely(idOf(path), oddText()) : fc.constant(null),
    query: queryOf(operation, values, isRight),
    rawQuery: rarely(fc.constant(''), rawQuery()),
    body: schema === undefined ? rarely<unknown>(body, fc.constant('a body where none belongs')) : body,
    packing: rarely(
      fc.oneof({ weight: 9, arbitrary: fc.constant<Packing>('plain') }, { weight: 1, arbitrary: fc.constant<Packing>('gzip') }),
      oddPacking(),
    ),
    contentType: rarely(fc.constant<string | null>('application/json'), oddContentType()),
    sender: rarely(
      senderOf(method, path, operation),
      fc.constantFrom<Sender>('write', 'read', 'agent', 'enrolment', 'other-token', 'browser', 'nobody', 'odd'),
    ),
    oddAuthorization: oddAuthorization(),
    headers: rarely(fc.constant<Record<string, string>>({}), oddHeaders()),
  });
}

/** Paths of no route. */
function nowhere(): fc.Arbitrary<MadeRequest> {
  const somewhere = fc.constantFrom(
    ...['/', '/api', '/api/', '//', '/api//jobs', '/API/JOBS', '/api/jobs/', '/api/jobs/1/2', '/api/jobs/1/run/', '/api/constructor', '/__proto__'],
    ...[
      '/%',
      '/%00',
      '/%ff',
      '/api/agents/%E0%A4%A',
      '/api/agents/',
      '/api/../../etc/passwd',
      '/assets/..%2f..%2f..%2fpackage.json',
      '/..;/',
      '/.git/config',
    ],
    ...[
      '/assets/',
      '/assets/../index.html',
      '/index.html',
      '/login',
      '/docs',
      '/docs/',
      '/openapi.json',
      '/openapi.json/x',
      '/ws',
      '/api/agent/control',
      '/favicon.ico',
    ],
    ...[
      `/${'a'.repeat(9000)}`,
      `/api/agents/${'a'.repeat(600)}`,
      '/api/agents/a%2fb',
      '/api/agents/a%3fb',
      '/api/jobs/;a=b',
      '*',
      'api/jobs',
      'http://127.0.0.1/api/jobs',
    ],
  );
  return fc.record({
    template: fc.constant(null),
    method: fc.oneof(fc.constant('GET'), fc.constantFrom(...methods)),
    path: fc.oneof({ weight: 3, arbitrary: somewhere }, { weight: 1, arbitrary: oddText().map((text) => `/${inPath(text)}`) }),
    id: fc.constant(null),
    query: fc.constant([]),
    rawQuery: fc.oneof(fc.constant(''), rawQuery()),
    body: fc.constantFrom<unknown>(undefined, undefined, 'text'),
    packing: fc.constantFrom<Packing>('plain', 'bytes'),
    contentType: oddContentType(),
    sender: fc.constantFrom<Sender>('admin', 'nobody'),
    oddAuthorization: oddAuthorization(),
    headers: oddHeaders(),
  });
}

function idOf(path: string): fc.Arbitrary<string | Later> {
  const family = /^\/api\/([a-z-]+)\//.exec(path)?.[1] ?? '';
  const kinds: Readonly<Record<string, Remembered>> = {
    agents: 'agent',
    jobs: 'job',
    destinations: 'destination',
    tokens: 'token_id',
    'enrollment-tokens': 'enrolment_id',
  };
  const what = kinds[family];
  if (what === undefined) throw new Error(`no id is known for ${path}: add where it comes from`);
  return fc.nat(30).map((pick) => new Later(what, pick));
}

function queryOf({ parameters = [] }: Operation, values: Values, isRight: boolean): fc.Arbitrary<(readonly [string, unknown])[]> {
  const one = parameters
    .filter((parameter) => parameter.in === 'query')
    .map(({ name, required, schema }) => {
      const value = values(schema, name).map((made): (readonly [string, unknown])[] =>
        Array.isArray(made) ? made.map((item) => [name, item] as const) : [[name, made]],
      );
      const present = required ? (isRight ? 1000 : 12) : 1;
      return fc.oneof({ weight: present, arbitrary: value }, { weight: required ? 1 : 3, arbitrary: fc.constant([]) });
    });
  return fc.tuple(...one).map((parts) => parts.flat());
}

/** Who may; mostly somebody who holds everything. */
function senderOf(method: string, path: string, { description = '' }: Operation): fc.Arbitrary<Sender> {
  if (path === '/api/agent/enrol') return fc.constant('enrolment');
  if (path === '/api/session') return fc.constantFrom('browser', 'admin');
  if (method === 'POST' && path === '/api/results') return fc.constantFrom('agent', 'admin');
  const able: Sender = description.includes('admin') ? 'admin' : description.includes('write') ? 'write' : 'read';
  return fc.oneof(
    { weight: 6, arbitrary: fc.constant<Sender>('admin') },
    { weight: 3, arbitrary: fc.constant(able) },
    { weight: 1, arbitrary: fc.constant<Sender>('browser') },
  );
}
