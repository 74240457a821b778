/** What of a request decides whether another site's page could have sent it behind its user's back. */
export interface OriginFacts {
  readonly method: string;
  readonly headers: {
    readonly host?: string | undefined;
    readonly origin?: string | undefined;
    readonly upgrade?: string | undefined;
    readonly 'sec-fetch-site'?: string | undefined;
  };
  /** Origins beside the server's own: `https://grafana.example`. */
  readonly allowedOrigins: readonly string[];
  /** The server speaks TLS itself. Behind a proxy that does it cannot know, and takes http and https for its own. */
  readonly tls?: boolean;
}

/** Methods that change nothing (RFC 9110, 9.2.1). */
const safeMethods: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Whether a request may count that a browser may have signed by itself, with a cookie. What changes something or opens a
 * WebSocket (which no preflight asks about) must show an Origin that is the server's own or a configured one. SameSite
 * alone is not enough: it takes every port of a host for one site. Requests with a bearer token need not ask: no other
 * site's page can add one.
 */
export function isOriginAllowed({ method, headers, allowedOrigins, tls = false }: OriginFacts): boolean {
  if (headers.upgrade === undefined && safeMethods.includes(method.toUpperCase())) return true;
  const site = headers['sec-fetch-site'];
  // Every browser sends an Origin with what gets here, so without one only a browser's own word counts.
  if (headers.origin === undefined) return site === 'same-origin';

  const origin = parseOrigin(headers.origin);
  if (origin === null) return false;
  if (allowedOrigins.some((allowed) => parseOrigin(allowed)?.origin === origin.origin)) return true;
  if (site === 'cross-site' || site === 'same-site') return false;
  if (headers.host === undefined || (tls && origin.protocol !== 'https:')) return false;
  // Read under the same scheme, both sides lose its default port alike.
  return parseOrigin(`${origin.protocol}//${headers.host}`)?.origin === origin.origin;
}

/** An http or https origin and nothing more than that; null for `null`, other schemes, paths and user names. */
function parseOrigin(text: string): URL | null {
  if (!/^https?:\/\/[^/?#@\\\s]+$/i.test(text)) return null;
  return URL.parse(text);
}
