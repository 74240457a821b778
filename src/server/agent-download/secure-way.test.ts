import { describe, expect, test } from 'vitest';
import { addressMatcher, isAddressOrNetwork, trustedOrigin, type Way } from './secure-way.ts';

const nobody = (): boolean => false;
const proxy = addressMatcher(['127.0.0.1', '10.1.0.0/16', 'fd00::/8']);
const way = (part: Partial<Way>): Way => ({ encrypted: false, peer: '192.0.2.7', headers: { host: 'tacho.example.org' }, ...part });

describe('the way of a request', () => {
  test('is good over TLS, under the name that was asked for', () => {
    expect(trustedOrigin(way({ encrypted: true, headers: { host: 'tacho.example.org:8443' } }), nobody)).toBe('https://tacho.example.org:8443');
  });

  test.each([
    ['127.0.0.1', '127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['::ffff:127.0.0.1', 'localhost:8080', 'http://localhost:8080'],
    ['::1', '[::1]:8080', 'http://[::1]:8080'],
  ])('is good on this machine itself: from %s to %s', (peer, host, origin) => {
    expect(trustedOrigin(way({ peer, headers: { host } }), nobody)).toBe(origin);
  });

  test.each([
    ['from elsewhere', { peer: '192.0.2.7' }],
    ['from elsewhere, with the name of loopback', { peer: '192.0.2.7', headers: { host: 'localhost' } }],
    ['from a proxy of this machine, that says nothing of itself', { peer: '127.0.0.1' }],
    [
      'from a proxy of this machine, that says whom it speaks for',
      { peer: '127.0.0.1', headers: { host: 'localhost', 'x-forwarded-for': '192.0.2.7' } },
    ],
    ['with a claim of TLS that anybody can make', { headers: { host: 'tacho.example.org', 'x-forwarded-proto': 'https' } }],
    ['without a host', { encrypted: true, headers: {} }],
    ['with a host that a shell would run', { encrypted: true, headers: { host: "a'$(reboot)'" } }],
    ['with a host that is more than one', { encrypted: true, headers: { host: 'a@b/c' } }],
  ])('is not good %s', (_title, part) => {
    expect(trustedOrigin(way(part), nobody)).toBeNull();
  });

  test('is good through a proxy that a setting names, where the proxy says that it was TLS', () => {
    const through = (peer: string, proto: string): string | null =>
      trustedOrigin(way({ peer, headers: { host: 'tacho.example.org', 'x-forwarded-proto': proto } }), proxy);
    expect(through('127.0.0.1', 'https')).toBe('https://tacho.example.org');
    expect(through('10.1.2.3', 'https')).toBe('https://tacho.example.org');
    expect(through('fd00::1', 'https')).toBe('https://tacho.example.org');
    expect(through('127.0.0.1', 'http')).toBeNull();
    // A header that the client sent too: the proxy added its own.
    expect(through('127.0.0.1', 'https, http')).toBeNull();
    expect(through('10.2.0.1', 'https')).toBeNull();
  });

  test('is good on this machine itself also beside a proxy on it', () => {
    expect(trustedOrigin(way({ peer: '127.0.0.1', headers: { host: '127.0.0.1:8080' } }), proxy)).toBe('http://127.0.0.1:8080');
    expect(trustedOrigin(way({ peer: '127.0.0.1' }), proxy)).toBeNull();
  });
});

test.each([
  ['127.0.0.1', true],
  ['10.0.0.0/8', true],
  ['fd00::/8', true],
  ['10.0.0.0/33', false],
  ['proxy.example.org', false],
  ['10.0.0.0/8/8', false],
  ['', false],
])('%j is an address or a network: %j', (text, expected) => {
  expect(isAddressOrNetwork(text)).toBe(expected);
});
