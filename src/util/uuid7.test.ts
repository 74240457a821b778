import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { uuid7 } from './uuid7.ts';

describe('uuid7', () => {
  test('matches the example of RFC 9562, appendix A.6', () => {
    const random = Uint8Array.from([0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f]);
    expect(uuid7(0x017f22e279b0, random)).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
  });

  test('is a valid UUID of version 7 whatever the time and the chance', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 47 }), fc.uint8Array({ minLength: 10, maxLength: 16 }), (at, random) => {
        expect(z.uuidv7().safeParse(uuid7(at, random)).success).toBe(true);
      }),
    );
  });

  test('sorts by time', () => {
    expect(uuid7(1000, randomBytes(10)) < uuid7(1001, randomBytes(10))).toBe(true);
  });

  test('refuses too little randomness', () => {
    expect(() => uuid7(0, new Uint8Array(9))).toThrow('expected 10 bytes, got 9');
  });
});
