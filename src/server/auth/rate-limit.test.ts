import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { addressKey, createFailureLimiter, type FailureLimiter } from './rate-limit.ts';

let nowMs: number;
let limit: FailureLimiter;
const clock = { monotonic: () => nowMs };

beforeEach(() => {
  nowMs = 1_000_000;
  limit = createFailureLimiter({ clock, failures: 10, perMs: 60_000, mostAddresses: 100 });
});

const HOST = '192.0.2.1';

function fail(times: number, address = HOST): void {
  for (let i = 0; i < times; i++) limit.fail(address);
}

/** Seconds to wait as the error tells them, or 0 where the address may go on. */
function waitS(address = HOST): number {
  try {
    limit.check(address);
    return 0;
  } catch (error) {
    expect(error).toMatchObject({ code: 'rate_limited' });
    return (error as { details: { retry_after_s: number } }).details.retry_after_s;
  }
}

describe('failure limiter', () => {
  test('an address that never failed may always go on, and is not remembered', () => {
    for (let i = 0; i < 1000; i++) limit.check(HOST);
    expect(limit.size).toBe(0);
  });

  test('nine failures are forgiven; the tenth closes the door', () => {
    fail(9);
    expect(waitS()).toBe(0);
    fail(1);
    expect(waitS()).toBe(6);
    expect(() => limit.check(HOST)).toThrow('too many failures from 192.0.2.1; try again in 6 s');
  });

  test('after the seconds it names, one more try is allowed', () => {
    fail(10);
    nowMs += 5999;
    expect(waitS()).toBe(1);
    nowMs += 1;
    expect(waitS()).toBe(0);
    fail(1);
    expect(waitS()).toBe(6);
  });

  test('failures while the door is closed do not lengthen the wait beyond one failure’s share', () => {
    fail(500);
    expect(waitS()).toBe(6);
  });

  test('after a minute of peace all is forgiven, and no more than all', () => {
    fail(10);
    nowMs += 3_600_000;
    fail(9);
    expect(waitS()).toBe(0);
    fail(1);
    expect(waitS()).toBe(6);
  });

  test('addresses do not pay for each other', () => {
    fail(10);
    expect(waitS('192.0.2.2')).toBe(0);
  });

  test('a machine cannot escape by taking another address of its IPv6 network', () => {
    for (let i = 0; i < 10; i++) fail(1, `2001:db8:1:2::${i.toString(16)}`);
    expect(waitS('2001:db8:1:2:aaaa:bbbb:cccc:dddd')).toBe(6);
    expect(waitS('2001:db8:1:3::1')).toBe(0);
  });

  test('a spread of addresses is remembered up to the limit, the last ones longest', () => {
    for (let i = 0; i < 10_000; i++) {
      const address = `10.0.${i >> 8}.${i & 255}`;
      fail(10, address);
      expect(limit.size).toBeLessThanOrEqual(100);
      expect(waitS(address)).toBe(6);
    }
    expect(waitS('10.0.0.0')).toBe(0);
  });

  test('an address that goes on failing is not pushed out by a spread of others', () => {
    fail(10);
    for (let i = 0; i < 1000; i++) {
      fail(1, `10.0.${i >> 8}.${i & 255}`);
      if (i % 50 === 0) fail(1);
    }
    expect(waitS()).toBe(6);
  });

  test('who has been forgiven is forgotten', () => {
    for (let i = 0; i < 50; i++) fail(1, `10.0.0.${i}`);
    expect(limit.size).toBe(50);
    nowMs += 60_000;
    fail(1);
    expect(limit.size).toBe(1);
  });
});

describe('address key', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:0DB8:0000:0000:0001::', '2001:db8:0:0::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['1::', '1:0:0:0::/64'],
    ['not an address', 'not an address'],
    ['', ''],
  ])('%s counts as %s', (address, key) => {
    expect(addressKey(address)).toBe(key);
  });

  test('any writing of an address counts as its first four groups', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 }), (groups) => {
        fc.pre(!(groups.slice(0, 5).every((g) => g === 0) && groups[5] === 0xffff));
        const plain = groups.map((g) => g.toString(16)).join(':');
        const padded = groups.map((g) => g.toString(16).padStart(4, '0').toUpperCase()).join(':');
        const shortened = plain.replace(/(^|:)0(:0)+($|:)/, '::');
        const expected = `${groups
          .slice(0, 4)
          .map((g) => g.toString(16))
          .join(':')}::/64`;
        expect([addressKey(plain), addressKey(padded), addressKey(shortened)]).toEqual([expected, expected, expected]);
      }),
    );
  });
});
