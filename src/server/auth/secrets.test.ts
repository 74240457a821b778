import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { hashSecret, makeSecret, secretKind, type SecretKind } from './secrets.ts';

describe('secrets', () => {
  test('a secret is its prefix, the letter of its kind and 32 bytes in base64url', () => {
    const bytes = Uint8Array.from({ length: 32 }, () => 0xff);
    expect(makeSecret('token', () => bytes)).toBe(`tacho_t_${'_'.repeat(42)}8`);
  });

  test('32 bytes are asked for, and they all count', () => {
    const asked: number[] = [];
    const texts = new Set<string>();
    for (let i = 0; i < 32; i++) {
      const secret = makeSecret('agent', (size) => {
        asked.push(size);
        const bytes = new Uint8Array(size);
        bytes[i] = 1;
        return bytes;
      });
      texts.add(secret);
    }
    expect(new Set(asked)).toEqual(new Set([32]));
    expect(texts.size).toBe(32);
  });

  test.each<[SecretKind, string]>([
    ['token', 'tacho_t_'],
    ['agent', 'tacho_a_'],
    ['enrolment', 'tacho_e_'],
    ['login', 'tacho_l_'],
    ['session', 'tacho_s_'],
  ])('the kind %s is written %s and read again', (kind, prefix) => {
    const secret = makeSecret(kind, randomBytes);
    expect(secret.startsWith(prefix)).toBe(true);
    expect(secretKind(secret)).toBe(kind);
  });

  test.each([
    ['nothing', ''],
    ['the prefix alone', 'tacho_t_'],
    ['a letter of no kind', `tacho_x_${'a'.repeat(43)}`],
    ['one character less', `tacho_t_${'a'.repeat(42)}`],
    ['one character more', `tacho_t_${'a'.repeat(44)}`],
    ['a character outside base64url', `tacho_t_${'a'.repeat(42)}+`],
    ['a line break after it', `tacho_t_${'a'.repeat(43)}\n`],
    ['blanks before it', ` tacho_t_${'a'.repeat(43)}`],
    ['a name that objects inherit', 'constructor'],
  ])('%s is no secret', (_, text) => {
    expect(secretKind(text)).toBeNull();
  });

  test('the hash is SHA-256 in hex', () => {
    // The first example of FIPS 180-2, appendix B.
    expect(hashSecret('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});
