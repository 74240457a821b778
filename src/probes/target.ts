import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import type { Failure } from '../model/failure.ts';

/** One label of a host name; underscores occur in practice (`_dmarc`, machine names). It never begins with a dash. */
const LABEL = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;
const LONGEST_NAME = 253;

/**
 * The host in what a destination says: a name, an address, or the host of a URL. null for anything else, so that
 * text from a server never becomes an option or a shell word of a tool.
 */
export function hostOf(text: string): string | null {
  const trimmed = text.trim();
  if (/^https?:\/\//i.test(trimmed)) {
    const url = urlOf(trimmed);
    return url === null ? null : bare(url.hostname);
  }
  return hostName(bare(trimmed));
}

/** A destination as a URL: itself, or `http://` before a bare host (as browsers and curl read one). null where it is neither. */
export function urlOf(text: string): URL | null {
  const trimmed = text.trim();
  const plain = !/^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed);
  if (plain && hostName(bare(trimmed.split('/')[0]?.replace(/:\d{1,5}$/, '') ?? '')) === null && isIP(bare(trimmed)) === 0) return null;
  const url = URL.parse(plain ? `http://${isIP(trimmed) === 6 ? `[${trimmed}]` : trimmed}` : trimmed);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return null;
  // Credentials in a URL would be kept in results and logs.
  if (url.username !== '' || url.password !== '' || hostName(bare(url.hostname)) === null) return null;
  return url;
}

export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

/** `host`, `host:port`, `[v6]` or `[v6]:port`; a bare IPv6 address has no port. null where it is none of them. */
export function hostAndPort(text: string, defaultPort: number): HostAndPort | null {
  const trimmed = text.trim();
  if (isIP(trimmed) !== 0) return { host: trimmed, port: defaultPort };
  const match = /^(\[[^\]]+\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(trimmed);
  const host = hostName(bare(match?.[1] ?? ''));
  const port = match?.[2] === undefined ? defaultPort : Number(match[2]);
  return host === null || port < 1 || port > 65_535 ? null : { host, port };
}

export function invalidTarget(expected: string, got: string): Failure {
  return { source: 'agent', code: 'invalid_target', message: `invalid target: expected ${expected}, got ${JSON.stringify(got.slice(0, 200))}` };
}

/** A host name in its ASCII form, or an address; null where it is neither. */
function hostName(text: string): string | null {
  if (isIP(text) !== 0) return text;
  if (text === '' || text.length > LONGEST_NAME) return null;
  // eslint-disable-next-line no-control-regex
  const ascii = /^[\x00-\x7f]*$/.test(text) ? text : domainToASCII(text);
  const labels = ascii.replace(/\.$/, '').split('.');
  return ascii.length <= LONGEST_NAME && labels.every((label) => LABEL.test(label)) ? ascii : null;
}

/** Without the brackets a URL puts around an IPv6 address. */
function bare(text: string): string {
  return text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
}
