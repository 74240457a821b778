import fc from 'fast-check';
import { isIPv4, isIPv6 } from 'node:net';
import { describe, expect, test } from 'vitest';
import { findAddresses, isIpv4, isIpv6 } from './address.ts';

describe('addresses in texts', () => {
  test.each([
    ['64 bytes from lhr25s33-in-f14.1e100.net (172.217.20.206): icmp_seq=1', ['172.217.20.206']],
    ['16 bytes from ::1, icmp_seq=0', ['::1']],
    ['From fe80::fc%eth0 icmp_seq=1', ['fe80::fc%eth0']],
    ['Ping 10.0.0.1: at 12:30:45 of 1.2.3', ['10.0.0.1']],
    ['fd00::2 --> fd00::7', ['fd00::2', 'fd00::7']],
    ['a1.2.3.4b 999.1.1.1 1.2.3.4.5', []],
  ])('%s', (text, addresses) => {
    expect(findAddresses(text).map(({ address }) => address)).toEqual(addresses);
  });

  test('what is an address agrees with Node', () => {
    const near = fc
      .array(fc.constantFrom(':', '::', '.', '1', '255', 'ffff', '0', 'a', '%e', '10.0.0.1'), { maxLength: 14 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), near), (text) => {
        expect([text, isIpv4(text), isIpv6(text)]).toEqual([text, isIPv4(text), isIPv6(text)]);
      }),
      { numRuns: 2000 },
    );
  });
});
