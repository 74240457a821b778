import { describe, expect, test } from 'vitest';
import { isIpv4, isIpv6 } from './address.ts';
import { targetOf } from './target.ts';

describe('the target of a kind', () => {
  test.each([
    ['host', 'example.org', 'example.org'],
    ['host', 'https://user:secret@example.org:8443/a?b#c', 'example.org'],
    ['name', 'http://[2001:db8::1]:80/', '2001:db8::1'],
    ['host', '2001:db8::1', '2001:db8::1'],
    ['url', 'example.org', 'http://example.org/'],
    ['url', '2001:db8::1', 'http://[2001:db8::1]/'],
    ['url', 'https://example.org/x', 'https://example.org/x'],
    ['none', 'example.org', ''],
  ] as const)('of form %s for %s is %s', (form, host, expected) => {
    expect(targetOf(form, host)).toBe(expected);
  });
});

describe('an address', () => {
  test.each(['::', '::1', 'fe80::1%eth0', '2001:db8:0:0:0:0:0:1', '::ffff:192.0.2.1', '64:ff9b::192.0.2.33'])('%s is IPv6', (text) => {
    expect(isIpv6(text)).toBe(true);
  });
  test.each(['', ':', '1:2', '::1::2', 'example.org', '192.0.2.1', '2001:db8::12345', '1:2:3:4:5:6:7:8:9', 'fe80::1%', '::g'])(
    '%s is not IPv6',
    (text) => {
      expect(isIpv6(text)).toBe(false);
    },
  );
  test.each([
    ['192.0.2.1', true],
    ['192.0.2.256', false],
    ['192.0.2', false],
    ['01.2.3.4', false],
  ])('%s being IPv4 is %s', (text, expected) => {
    expect(isIpv4(text)).toBe(expected);
  });
});
