export const SESSION_COOKIE = 'tacho_session';

/** A Set-Cookie header that hands the browser its session. */
export function sessionCookie(value: string, { maxAgeS, secure }: { readonly maxAgeS: number; readonly secure: boolean }): string {
  return `${SESSION_COOKIE}=${value}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${maxAgeS}${secure ? '; Secure' : ''}`;
}

/** A Set-Cookie header that takes the session away again. */
export function endedSessionCookie({ secure }: { readonly secure: boolean }): string {
  return sessionCookie('', { maxAgeS: 0, secure });
}

/**
 * One cookie of a Cookie header (RFC 6265, 4.2), or null. The first of several with that name counts, because browsers
 * send the one with the longest path first; values are not decoded, because ours need no encoding.
 */
export function readCookie(header: string | undefined, name: string): string | null {
  if (header === undefined) return null;
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=');
    if (equals === -1 || pair.slice(0, equals).trim() !== name) continue;
    const value = pair.slice(equals + 1).trim();
    return value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
  }
  return null;
}
