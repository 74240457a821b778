import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyText } from '../../test/support/arbitraries.ts';
import { parseMeminfo, parseNetDev } from './proc.ts';

describe('parseNetDev', () => {
  test('reads received and sent bytes by interface, however the columns are spaced', () => {
    const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:  123456     100    0    0    0     0          0         0   123456     100    0    0    0     0       0          0
wlp2s0:98765432100 5 0 0 0 0 0 0 555 9 0 0 0 0 0 0
`;
    expect(parseNetDev(text)).toEqual([
      { name: 'lo', rxBytes: 123_456, txBytes: 123_456 },
      { name: 'wlp2s0', rxBytes: 98_765_432_100, txBytes: 555 },
    ]);
  });
});

describe('parseMeminfo', () => {
  test('reads kB of 1024 bytes, and no swap as none', () => {
    expect(parseMeminfo('MemTotal:       2000 kB\nMemFree:  10 kB\nMemAvailable:    500 kB\n')).toEqual({
      totalBytes: 2_048_000,
      availableBytes: 512_000,
      swapTotalBytes: 0,
      swapFreeBytes: 0,
    });
  });

  test('without what is available there is nothing to tell', () => {
    expect(parseMeminfo('MemTotal: 2000 kB\n')).toBeNull();
  });
});

test('no text makes them throw', () => {
  fc.assert(
    fc.property(anyText(), (text) => {
      expect(Array.isArray(parseNetDev(text))).toBe(true);
      expect(parseMeminfo(text)).toBeNull();
    }),
  );
});
