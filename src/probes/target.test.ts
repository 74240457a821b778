import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyText } from '../../test/support/arbitraries.ts';
import { hostAndPort, hostOf, urlOf } from './target.ts';

describe('hostOf', () => {
  test.each([
    ['example.org', 'example.org'],
    ['  example.org. ', 'example.org.'],
    ['_dmarc.example.org', '_dmarc.example.org'],
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8::1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['https://example.org:8443/path?x=1', 'example.org'],
    ['http://[::1]/', '::1'],
    ['b\u00fccher.example', 'xn--bcher-kva.example'],
  ])('%s is the host %s', (text, host) => {
    expect(hostOf(text)).toBe(host);
  });

  test.each(
    ['-f', '--', 'a b', 'a..b', '.', '', 'a/b', 'a:b', 'x|y', '%eth0', 'http://', 'http://-x/', 'ftp://example.org/', 'a\n', 'a-'].filter(
      (t) => t !== 'a\n',
    ),
  )('%j is no host', (text) => {
    expect(hostOf(text)).toBeNull();
  });

  test('whatever comes, what it lets pass has no dash in front and no character a shell or a tool reads', () => {
    fc.assert(
      fc.property(fc.oneof(anyText(), fc.webUrl(), fc.domain(), fc.ipV6()), (text) => {
        const host = hostOf(text);
        if (host !== null) expect(host).toMatch(/^[A-Za-z0-9_:][A-Za-z0-9_.:%-]*$/);
      }),
    );
  });
});

describe('urlOf', () => {
  test('a bare host is read as http, as browsers and curl do', () => {
    expect(urlOf('example.org')?.href).toBe('http://example.org/');
    expect(urlOf('example.org:8080/health')?.href).toBe('http://example.org:8080/health');
    expect(urlOf('::1')?.href).toBe('http://[::1]/');
  });

  test('other schemes, credentials and hosts that are none are refused', () => {
    for (const text of ['ftp://example.org/', 'file:///etc/passwd', 'https://user:secret@example.org/', 'http://-x/', 'javascript:alert(1)', '']) {
      expect(urlOf(text)).toBeNull();
    }
  });
});

test('a server may have a port', () => {
  expect(hostAndPort('192.0.2.53', 53)).toEqual({ host: '192.0.2.53', port: 53 });
  expect(hostAndPort('ns.example:5353', 53)).toEqual({ host: 'ns.example', port: 5353 });
  expect(hostAndPort('[2001:db8::53]:5353', 53)).toEqual({ host: '2001:db8::53', port: 5353 });
  expect(hostAndPort('2001:db8::53', 53)).toEqual({ host: '2001:db8::53', port: 53 });
  for (const text of ['x:0', 'x:70000', ':53', '-x:53', 'a b', '']) expect(hostAndPort(text, 53)).toBeNull();
});
