import type { Readable } from 'node:stream';
import * as z from 'zod';
import type { ErrorCode } from '../../model/errors.ts';
import type { Principal } from '../auth/authenticator.ts';
import type { Scope } from '../../store/control/control-store.ts';

type Shape = z.ZodType | undefined;
type Out<T extends Shape> = T extends z.ZodType ? z.output<T> : undefined;

/** What a handler sees of a request: everything parsed. */
export interface RouteRequest<Params extends Shape, Query extends Shape, Body extends Shape, S extends RouteScope> {
  readonly params: Out<Params>;
  readonly query: Out<Query>;
  readonly body: Out<Body>;
  readonly principal: S extends 'public' ? Principal | null : Principal;
  /** The secret of the authorization header, whatever it is good for. */
  readonly bearer: string | null;
  /** Address the connection came from. */
  readonly address: string;
  readonly reply: ReplyControl;
}

/** The little of a reply that a handler may touch. */
export interface ReplyControl {
  header(name: string, value: string): void;
}

/** An answer that is sent piece by piece: a file, or more than fits in memory at once. */
export class StreamedAnswer {
  readonly contentType: string;
  readonly body: Readable;

  constructor(contentType: string, body: Readable) {
    this.contentType = contentType;
    this.body = body;
  }
}

/** `public` routes need no token; every other route says which scope it asks for. */
export type RouteScope = Scope | 'public';

export interface Route<
  Params extends Shape = Shape,
  Query extends Shape = Shape,
  Body extends Shape = Shape,
  Response extends Shape = Shape,
  S extends RouteScope = RouteScope,
> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Fastify's form: `/api/agents/:id`. */
  readonly path: string;
  readonly summary: string;
  /** One scope, or several of which one is enough. */
  readonly scope: S | readonly S[];
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  /** What the API document says of the body, where it is checked piece by piece instead of as a whole. */
  readonly bodyDocument?: z.ZodType;
  /** Largest body, bytes, after unpacking; the server's default where absent. */
  readonly bodyLimit?: number;
  /** Success status: 200 unless said; 204 has no response schema. */
  readonly status?: 200 | 201 | 202 | 204;
  readonly response?: Response;
  /** Content type of an answer that is a text of its own form; JSON where absent. */
  readonly contentType?: string;
  /** Further content types that a streamed answer may have, of which the API document says no more. */
  readonly otherContentTypes?: readonly string[];
  /** Errors a caller must expect beyond those any route can answer. */
  readonly errors?: readonly ErrorCode[];
  handle(request: RouteRequest<Params, Query, Body, S>): Promise<Out<Response> | StreamedAnswer>;
}

/** Keeps a route's types while it is written; the list of routes forgets them. */
export function route<
  Params extends Shape = undefined,
  Query extends Shape = undefined,
  Body extends Shape = undefined,
  Response extends Shape = undefined,
  S extends RouteScope = RouteScope,
>(definition: Route<Params, Query, Body, Response, S>): Route {
  return definition;
}

/** Of a removal: whether what is used is taken out of what uses it. */
export const forceQuery = z.object({
  force: z
    .enum(['true', 'false'])
    .default('false')
    .transform((word) => word === 'true')
    .meta({ description: 'true: what is used is taken out of what names it; without it that is a conflict that says who does' }),
});
