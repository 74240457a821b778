import fastify, { LogController, type FastifyBaseLogger, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import * as z from 'zod';
import { TachoError, problemsOf, type ErrorBody, type ErrorCode } from '../../model/errors.ts';
import type { Logger } from 'pino';
import type { Principal } from '../auth/authenticator.ts';
import { headersOf } from './error-headers.ts';
import { bearerOf, type Gate } from './gate.ts';
import { isPageRequest } from './dashboard.ts';
import { docsPage, type ApiDocument } from './docs-page.ts';
import { openApiDocument } from './openapi.ts';
import { Outages } from './outages.ts';
import { refuseRaw } from './raw-answer.ts';
import { StreamedAnswer, type Route } from './route.ts';
import { securityHeaders } from './security-headers.ts';
import { createUnpacker } from './unpack.ts';

/** Bodies are small everywhere but where results are posted. */
const DEFAULT_BODY_LIMIT = 1_048_576;

/** A batch of the largest size over the slowest line that still makes sense; who takes longer holds a connection for nothing. */
const LONGEST_REQUEST_MS = 300_000;

export interface AppOptions {
  readonly routes: readonly Route[];
  readonly gate: Gate;
  readonly logger: Logger;
  /** Told of every answered request: the route's path, not the request's. */
  readonly onAnswer?: (route: string, answer: { status: number; seconds: number }) => void;
  readonly version: string;
}

/** The HTTP application: every route behind its scope and its schemas, every failure in one form. */
export function createApp({ routes, gate, logger, version, onAnswer }: AppOptions): FastifyInstance {
  // Its own remarks, such as the address it listens on, repeat ours. Typed as Fastify's own, or every instance would carry pino's type.
  const loggerInstance: FastifyBaseLogger = logger.child({}, logger.isLevelEnabled('debug') ? {} : { level: 'warn' });
  const outages = new Outages();
  const app = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: DEFAULT_BODY_LIMIT,
    // On a machine that is slow to start, late is better than not at all.
    pluginTimeout: 0,
    // Longer than the usual proxy's 60 s, so that the proxy is the one to close idle connections.
    keepAliveTimeout: 65_000,
    requestTimeout: LONGEST_REQUEST_MS,
    routerOptions: { maxParamLength: 512 },
    // What Fastify refuses before any hook runs gets the form, and the headers, of every other answer.
    frameworkErrors: (error, request, reply) => void sendError(error, request, reply.headers(securityHeaders)),
    clientErrorHandler: (error, socket) => refuseRaw(socket, clientError(error)),
  });

  // Nobody has to refuse an expectation that he does not know (RFC 9110, 10.1.1), and Node would do so in a form of its own.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));

  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body === '' ? undefined : JSON.parse(body as string));
    } catch (error) {
      done(new TachoError('malformed_json', `malformed JSON: ${(error as Error).message}`, { cause: error }));
    }
  });
  app.addHook('preParsing', (request, reply, payload, done) => {
    const encoding = request.headers['content-encoding'];
    if (encoding === undefined || encoding === 'identity' || !isBodyRead(request)) {
      done(null, payload);
      return;
    }
    if (encoding !== 'gzip') {
      done(new TachoError('unsupported_media_type', `unsupported content encoding: expected gzip, got ${JSON.stringify(encoding)}`));
      return;
    }
    const gunzip = createUnpacker(Number(request.headers['content-length'] ?? Infinity));
    // Fastify counts what leaves this stream against the route's limit, so a small body cannot unpack into a large one.
    let received = 0;
    payload.on('data', (chunk: Buffer) => (received += chunk.length));
    Object.defineProperty(gunzip, 'receivedEncodedLength', { get: () => received });
    // Who reads the body hears of a fault too. Nobody does where the body is not wanted, and a fault that nobody hears ends the process.
    gunzip.on('error', () => undefined);
    // Unpacking ends with the answer, or with a sender that goes away: nobody reads on, but a bomb would go on exploding. What is
    // left of the body is let go by, or the connection would never come to its next request.
    reply.raw.once('close', () => {
      payload.unpipe(gunzip);
      gunzip.destroy();
      payload.resume();
    });
    done(null, payload.pipe(gunzip));
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    void reply.headers(securityHeaders);
    done();
  });
  app.setErrorHandler((error, request, reply) => {
    const known = asTachoError(error);
    outages.refused(routeOf(request), known, logger);
    return sendError(known, request, reply);
  });
  app.setNotFoundHandler((request, reply) => {
    // Only where the dashboard is served is there a page to send.
    if (isPageRequest(request) && 'sendFile' in reply) return reply.code(404).sendFile('index.html');
    return sendError(new TachoError('not_found', `not found: ${request.method} ${pathOf(request.url)}`), request, reply);
  });

  app.addHook('onResponse', (request, reply, done) => {
    outages.answered(routeOf(request), reply.statusCode, logger);
    onAnswer?.(request.routeOptions.url ?? 'none', { status: reply.statusCode, seconds: reply.elapsedTime / 1000 });
    done();
  });
  for (const definition of routes) mount(app, definition, gate);
  for (const path of new Set(routes.map((definition) => definition.path))) refuseOtherMethods(app, path, routes);
  serveApiDocument(app, openApiDocument(routes, { version }));
  return app;
}

/** Fastify reads no body of these methods, and where there is none, nothing is packed. */
function isBodyRead({ method, headers }: FastifyRequest): boolean {
  if (method === 'GET' || method === 'HEAD') return false;
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

function refuseOtherMethods(app: FastifyInstance, path: string, routes: readonly Route[]): void {
  const known: readonly string[] = routes.filter((definition) => definition.path === path).map(({ method }) => method);
  app.route({
    method: methods.filter((method) => !known.includes(method)),
    url: path,
    exposeHeadRoute: false,
    onRequest: async (request, reply) => {
      void reply.header('allow', known.join(', '));
      throw new TachoError('method_not_allowed', `method ${request.method} is not for ${path}: expected ${known.join(' or ')}`);
    },
    handler: () => undefined,
  });
}

function mount(app: FastifyInstance, definition: Route, gate: Gate): void {
  const { method, path, status = 200 } = definition;
  const scopes = typeof definition.scope === 'string' ? [definition.scope] : definition.scope;
  const admitted = new WeakMap<FastifyRequest, Principal | null>();
  app.route({
    method,
    url: path,
    ...(definition.bodyLimit === undefined ? {} : { bodyLimit: definition.bodyLimit }),
    onRequest: async (request) => {
      admitted.set(request, await gate.admit(request, scopes));
    },
    handler: async (request, reply) => {
      const answer = await definition.handle({
        params: parse(definition.params, request.params, 'path'),
        query: parse(definition.query, request.query, 'query'),
        body: parse(definition.body, request.body, 'body'),
        principal: admitted.get(request) ?? null,
        bearer: bearerOf(request.headers.authorization),
        address: request.ip,
        reply: { header: (name: string, value: string) => void reply.header(name, value) },
      });
      void reply.code(status);
      if (definition.response === undefined) return reply.send();
      void reply.header('cache-control', 'no-store');
      if (answer instanceof StreamedAnswer) return reply.type(answer.contentType).send(answer.body);
      if (definition.contentType !== undefined) return reply.type(definition.contentType).send(answer);
      return reply.send(z.encode(definition.response, answer));
    },
  });
}

function parse(schema: z.ZodType | undefined, value: unknown, where: 'path' | 'query' | 'body'): unknown {
  if (schema === undefined) return undefined;
  if (where === 'body' && value === undefined) {
    throw new TachoError('invalid_request', 'missing body: expected a JSON document with content-type application/json');
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = problemsOf(parsed.error, { value }).map((problem) => ({ ...problem, in: where }));
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  throw new TachoError(
    'invalid_request',
    first === undefined ? `invalid ${where}` : `${first.path === '' ? where : first.path}: ${first.message}${more}`,
    {
      details: problems,
    },
  );
}

/** The document for programs, and the same for people. Neither says anything of this installation, so neither needs a token. */
function serveApiDocument(app: FastifyInstance, document: Record<string, unknown>): void {
  const page = docsPage(document as unknown as ApiDocument);
  app.get('/openapi.json', (_request, reply) => reply.header('cache-control', 'no-cache').send(document));
  app.get('/docs', (_request, reply) => reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(page));
}

const fastifyCodes: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid_request',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'invalid_request',
};

function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = asTachoError(error);
  if (known.code === 'internal') request.log.error({ err: error, method: request.method, path: pathOf(request.url) }, 'request failed');
  const body: ErrorBody = { error: { code: known.code, message: known.message, ...(known.details === undefined ? {} : { details: known.details }) } };
  return reply.code(known.status).headers(headersOf(known)).header('cache-control', 'no-store').type('application/json').send(JSON.stringify(body));
}

function routeOf({ method, routeOptions }: FastifyRequest): string {
  return `${method} ${routeOptions.url ?? 'none'}`;
}

function asTachoError(error: unknown): TachoError {
  if (error instanceof TachoError) return error;
  const { code, statusCode, message } = error as { code?: string; statusCode?: number; message?: string };
  const mapped = code === undefined ? undefined : fastifyCodes[code];
  if (mapped !== undefined) return new TachoError(mapped, lowerFirst(message ?? mapped), { cause: error });
  if (code === 'FST_ERR_BAD_URL' || code === 'FST_ERR_MAX_PARAM_LENGTH')
    return new TachoError('invalid_request', 'not a valid path', { cause: error });
  if (code?.startsWith('Z_') === true) return new TachoError('malformed_json', `body is not gzip: ${message ?? code}`, { cause: error });
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new TachoError('invalid_request', lowerFirst(message ?? 'bad request'), { cause: error });
  return new TachoError('internal', 'a fault of the server; its log has the cause', { cause: error });
}

/** What Node's parser of HTTP could not make a request of. */
function clientError({ code }: NodeJS.ErrnoException): TachoError {
  if (code === 'HPE_HEADER_OVERFLOW') return new TachoError('invalid_request', 'headers are too large');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new TachoError('invalid_request', 'the request took too long to arrive');
  return new TachoError('invalid_request', 'not an HTTP request');
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url;
}
