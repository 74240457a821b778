import { describe, expect, test } from 'vitest';
import { hashPassword, isPassword } from './password.ts';

describe('a password', () => {
  test('is known again, and no other is', async () => {
    const kept = await hashPassword('correct horse battery');
    expect(kept).not.toContain('horse');
    expect(await isPassword('correct horse battery', kept)).toBe(true);
    expect(await isPassword('correct horse batterY', kept)).toBe(false);
    expect(await isPassword('', kept)).toBe(false);
  });

  test('is kept otherwise each time', async () => {
    expect(await hashPassword('correct horse battery')).not.toBe(await hashPassword('correct horse battery'));
  });

  test('is the same however the keyboard composed its letters', async () => {
    expect(await isPassword('cafe\u0301-au-lait', await hashPassword('caf\u00e9-au-lait'))).toBe(true);
  });
});
