import type { IncomingHttpHeaders } from 'node:http';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isOriginAllowed } from './origin.ts';

/** The headers of a page of this server. */
const own: IncomingHttpHeaders = { origin: 'http://127.0.0.1:8080', host: '127.0.0.1:8080', 'sec-fetch-site': 'same-origin' };

interface Asked {
  readonly method?: string;
  readonly allowedOrigins?: readonly string[];
  readonly tls?: boolean;
}

/** Asks about a request that differs from a page's own POST by these headers. */
function ask(headers: IncomingHttpHeaders, { method = 'POST', allowedOrigins = [], tls = false }: Asked = {}): boolean {
  return isOriginAllowed({ method, headers: { ...own, ...headers }, allowedOrigins, tls });
}

const askSocket = (headers: IncomingHttpHeaders, tls = false): boolean => ask({ ...headers, upgrade: 'websocket' }, { method: 'GET', tls });

describe('origin', () => {
  test.each<[string, IncomingHttpHeaders]>([
    ['a page of this server', {}],
    ['a browser that sends no Sec-Fetch-Site', { 'sec-fetch-site': undefined }],
    ['a default port that only one side writes', { origin: 'https://tacho.example', host: 'tacho.example:443' }],
    ['a host written in capitals', { origin: 'http://tacho.example', host: 'TACHO.example' }],
    ['an IPv6 host', { origin: 'http://[::1]:8080', host: '[::1]:8080' }],
    ['a proxy that ends TLS before this server', { origin: 'https://tacho.example', host: 'tacho.example' }],
    ['no Origin, but the browser vouches that it is the same', { origin: undefined }],
  ])('allowed: %s', (_, headers) => {
    expect(ask(headers)).toBe(true);
    expect(askSocket(headers)).toBe(true);
  });

  test('a server with TLS takes only https for its own', () => {
    expect(ask({ origin: 'https://tacho.example', host: 'tacho.example' }, { tls: true })).toBe(true);
    expect(ask({ origin: 'http://tacho.example', host: 'tacho.example' }, { tls: true })).toBe(false);
    expect(askSocket({ origin: 'http://tacho.example', host: 'tacho.example' }, true)).toBe(false);
  });

  test.each<[string, IncomingHttpHeaders]>([
    ['another site', { origin: 'https://evil.example' }],
    ['another site, said by the browser alone', { 'sec-fetch-site': 'cross-site' }],
    ['another port of this host', { origin: 'http://127.0.0.1:9090' }],
    ['another port, said by the browser alone', { 'sec-fetch-site': 'same-site' }],
    ['another name of this host', { origin: 'http://localhost:8080' }],
    ['a name that begins as ours', { origin: 'http://127.0.0.1:8080.evil.example' }],
    ['a name that ends as ours', { origin: 'http://evil-127.0.0.1:8080' }],
    ['our host as a user name', { origin: 'http://127.0.0.1:8080@evil.example' }],
    ['a page without an origin', { origin: 'null' }],
    ['an empty Origin', { origin: '' }],
    ['an Origin that is none', { origin: '127.0.0.1:8080' }],
    ['an Origin with a path', { origin: 'http://127.0.0.1:8080/x' }],
    ['two Origins', { origin: 'http://127.0.0.1:8080 http://evil.example' }],
    ['a scheme of another kind', { origin: 'file://127.0.0.1:8080' }],
    ['no Host', { host: undefined }],
    ['an empty Host', { host: '' }],
    ['a Host that is none', { host: 'a b' }],
    ['a Host with a path', { host: '127.0.0.1:8080/x' }],
    ['neither Origin nor a browser that vouches', { origin: undefined, 'sec-fetch-site': undefined }],
    ['no Origin and a foreign site', { origin: undefined, 'sec-fetch-site': 'cross-site' }],
  ])('refused: %s', (_, headers) => {
    expect(ask(headers)).toBe(false);
    expect(askSocket(headers)).toBe(false);
  });

  test.each(['GET', 'HEAD', 'OPTIONS', 'get'])('%s changes nothing and may come from anywhere', (method) => {
    expect(ask({ origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }, { method })).toBe(true);
    expect(ask({ origin: undefined, 'sec-fetch-site': undefined }, { method })).toBe(true);
  });

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'post', 'PURGE', ''])('%j from another site is refused', (method) => {
    expect(ask({ origin: 'https://evil.example' }, { method })).toBe(false);
  });

  test('a configured origin is allowed, however it is written, and nothing near it', () => {
    const allowedOrigins = ['https://Grafana.example', 'not an origin', 'http://10.0.0.1:3000'];
    const from = (origin: string) => ask({ origin, 'sec-fetch-site': 'cross-site' }, { allowedOrigins });
    expect(from('https://grafana.example')).toBe(true);
    expect(from('https://grafana.example:443')).toBe(true);
    expect(from('http://10.0.0.1:3000')).toBe(true);
    expect(from('http://grafana.example')).toBe(false);
    expect(from('https://x.grafana.example')).toBe(false);
    expect(from('http://10.0.0.1:3001')).toBe(false);
    expect(from('not an origin')).toBe(false);
  });

  test('no text throws, and none but our own origin is allowed', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (text) => {
        expect(ask({ origin: text, 'sec-fetch-site': undefined })).toBe(false);
        expect(ask({ origin: `http://${text}`, 'sec-fetch-site': undefined })).toBe(false);
        expect(typeof ask({ origin: `http://${text}`, host: text, 'sec-fetch-site': undefined })).toBe('boolean');
      }),
    );
  });
});
