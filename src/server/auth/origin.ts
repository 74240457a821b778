/** What of a request decides whether another site's page could have sent it behind its user's back. */
export interface OriginFacts {
  readonly method: string;
  /** The Origin, Host and Sec-Fetch-Site headers. */
  readonly origin: string | undefined;
  readonly host: string | undefined;
  readonly secFetchSite: string | undefined;
  /** What proves who sends it. A browser adds a cookie by itself, a bearer token it does not. Signing in counts as `cookie`. */
  readonly credential: 'cookie' | 'bearer';
  /** It asks for a WebSocket, which browsers open to any site and no preflight asks about. */
  readonly upgrade: boolean;
  /** The server speaks TLS itself; behind a proxy that does, it does not know. */
  readonly tls: boolean;
}

/** Methods that change nothing (RFC 9110, 9.2.1). */
const safeMethods: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Whether to serve it. A bearer token cannot be added by another site's page, so those pass. With a cookie, what changes
 * something or opens a WebSocket must show an Origin that is this server's own or one of `alsoAllowed`. SameSite alone is
 * not enough: it takes every port of a host for one site.
 */
export function originAllowed(facts: OriginFacts, alsoAllowed: readonly string[] = []): boolean {
  if (!facts.upgrade && safeMethods.includes(facts.method.toUpperCase())) return true;
  const { origin } = facts;
  if (facts.credential === 'bearer' && (origin === undefined || !facts.upgrade)) return true;
  if (origin === undefined) return facts.secFetchSite === 'same-origin';

  const parsed = parseOrigin(origin);
  if (parsed === null) return false;
  if (alsoAllowed.some((allowed) => parseOrigin(allowed)?.origin === parsed.origin)) return true;
  if (facts.secFetchSite === 'cross-site' || facts.secFetchSite === 'same-site') return false;
  return isOwn(parsed, facts);
}

/** The same host and port as the one the request was sent to, under the scheme that leads there. */
function isOwn(origin: URL, { host, tls }: OriginFacts): boolean {
  if (host === undefined || host === '' || (tls && origin.protocol !== 'https:')) return false;
  return parseOrigin(`${origin.protocol}//${host}`)?.origin === origin.origin;
}

/** An http or https origin and nothing more than that; null for `null`, other schemes, paths and user names. */
function parseOrigin(text: string): URL | null {
  if (!/^https?:\/\/[^/?#@\\\s]+$/i.test(text)) return null;
  return URL.parse(text);
}
