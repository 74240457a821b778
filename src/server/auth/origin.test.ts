import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { originAllowed, type OriginFacts } from './origin.ts';

/** A page of this server posts with its cookie. */
const own: OriginFacts = {
  method: 'POST',
  origin: 'http://127.0.0.1:8080',
  host: '127.0.0.1:8080',
  secFetchSite: 'same-origin',
  credential: 'cookie',
  upgrade: false,
  tls: false,
};
const socket: OriginFacts = { ...own, method: 'GET', upgrade: true };

describe('origin', () => {
  test.each<[string, OriginFacts]>([
    ['a page of this server', own],
    ['a page of this server opening a WebSocket', socket],
    ['a browser that sends no Sec-Fetch-Site', { ...own, secFetchSite: undefined }],
    ['a default port that only one side writes', { ...own, origin: 'https://tacho.example', host: 'tacho.example:443' }],
    ['a host written in capitals', { ...own, origin: 'http://tacho.example', host: 'TACHO.example' }],
    ['an IPv6 host', { ...own, origin: 'http://[::1]:8080', host: '[::1]:8080' }],
    ['a proxy that ends TLS before this server', { ...own, origin: 'https://tacho.example', host: 'tacho.example' }],
    ['a server with TLS', { ...own, origin: 'https://tacho.example', host: 'tacho.example', tls: true }],
    ['no Origin, but the browser vouches that it is the same', { ...own, origin: undefined }],
    ['reading, which changes nothing', { ...own, method: 'get', origin: 'https://evil.example', secFetchSite: 'cross-site' }],
    ['a program with a token and no Origin', { ...own, origin: undefined, secFetchSite: undefined, credential: 'bearer' }],
    ['an agent opening its control connection', { ...socket, origin: undefined, secFetchSite: undefined, credential: 'bearer' }],
    ['another site’s page that was given a token', { ...own, origin: 'https://grafana.example', secFetchSite: 'cross-site', credential: 'bearer' }],
  ])('allowed: %s', (_, facts) => {
    expect(originAllowed(facts)).toBe(true);
  });

  const foreign: [string, Partial<OriginFacts>][] = [
    ['another site', { origin: 'https://evil.example' }],
    ['another site, said by the browser alone', { secFetchSite: 'cross-site' }],
    ['another port of this host', { origin: 'http://127.0.0.1:9090' }],
    ['another port, said by the browser alone', { secFetchSite: 'same-site' }],
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
    ['plain HTTP to a server with TLS', { tls: true }],
    ['no Host', { host: undefined }],
    ['a Host that is none', { host: 'a b' }],
    ['a Host with a path', { host: '127.0.0.1:8080/x' }],
    ['neither Origin nor a browser that vouches', { origin: undefined, secFetchSite: undefined }],
    ['no Origin and a foreign site', { origin: undefined, secFetchSite: 'cross-site' }],
  ];

  test.each(foreign)('refused with a cookie: %s', (_, facts) => {
    expect(originAllowed({ ...own, ...facts })).toBe(false);
    expect(originAllowed({ ...socket, ...facts })).toBe(false);
  });

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'post', 'PURGE', ''])('refused from another site with a cookie: method %j', (method) => {
    expect(originAllowed({ ...own, method, origin: 'https://evil.example' })).toBe(false);
  });

  test('a WebSocket from another site is refused whatever proves who opens it', () => {
    expect(originAllowed({ ...socket, origin: 'https://evil.example', credential: 'bearer' })).toBe(false);
  });

  test('a configured origin is allowed, however it is written, and nothing near it', () => {
    const list = ['https://Grafana.example', 'not an origin', 'http://10.0.0.1:3000'];
    const from = (origin: string) => originAllowed({ ...own, origin, secFetchSite: 'cross-site' }, list);
    expect(from('https://grafana.example')).toBe(true);
    expect(from('https://grafana.example:443')).toBe(true);
    expect(from('http://10.0.0.1:3000')).toBe(true);
    expect(from('http://grafana.example')).toBe(false);
    expect(from('https://x.grafana.example')).toBe(false);
    expect(from('http://10.0.0.1:3001')).toBe(false);
    expect(from('not an origin')).toBe(false);
  });

  test('an empty list allows nobody else, and no text throws', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.string({ maxLength: 60 }), (origin, host) => {
        expect(originAllowed({ ...own, origin, host: '127.0.0.1:8080', secFetchSite: undefined })).toBe(false);
        expect(typeof originAllowed({ ...own, origin: `http://${host}`, host })).toBe('boolean');
      }),
    );
  });
});
