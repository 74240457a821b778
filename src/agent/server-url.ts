import { TachoError } from '../model/errors.ts';

/**
 * The server's base URL, checked. Credentials in the clear are refused on every way but loopback, unless the operator
 * says the way is safe (a tunnel, a closed network).
 */
export function parseServerUrl(text: string, { allowPlainHttp }: { readonly allowPlainHttp: boolean }): URL {
  if (!URL.canParse(text)) throw new TachoError('invalid_request', `invalid server: expected a URL such as https://tacho.example.org, got ${text}`);
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new TachoError('invalid_request', `invalid server: expected http or https, got ${url.protocol.slice(0, -1)} (${text})`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new TachoError('invalid_request', 'invalid server: expected no user name or password in the URL');
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname) && !allowPlainHttp) {
    throw new TachoError(
      'invalid_request',
      `refused plain http to ${url.host}: expected https, because the credential would travel in the clear; --allow-plain-http permits it`,
    );
  }
  url.search = '';
  url.hash = '';
  return url;
}

/** A path of the API under the server's base URL, which may itself have a path. */
export function apiUrl(base: URL, path: string): URL {
  const url = new URL(base);
  url.pathname = url.pathname.replace(/\/+$/, '') + path;
  return url;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
