import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify<string, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(scrypt);

/** OWASP's recommendation for scrypt (2024): 32 MB for each try, about a tenth of a second. */
const COST = { N: 2 ** 15, r: 8, p: 3 } as const;
/** Node's own limit is just below what this cost takes. */
const MOST_MEMORY = 64 * 1_048_576;
const KEY_BYTES = 32;

/** Fewer characters than this fall to a dictionary, whatever the hash. */
export const SHORTEST_PASSWORD = 10;
export const LONGEST_PASSWORD = 1000;

/** A password as it is kept: `scrypt$N$r$p$salt$key`, base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password.normalize('NFKC'), salt, KEY_BYTES, { ...COST, maxmem: MOST_MEMORY });
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

/** Whether a password is the one that was kept. Takes the same time whether it is or not. */
export async function isPassword(password: string, kept: string): Promise<boolean> {
  const [method, N, r, p, salt = '', key = ''] = kept.split('$');
  if (method !== 'scrypt') return false;
  const expected = Buffer.from(key, 'base64url');
  const cost = { N: Number(N), r: Number(r), p: Number(p), maxmem: MOST_MEMORY };
  const found = await derive(password.normalize('NFKC'), Buffer.from(salt, 'base64url'), expected.length, cost);
  return timingSafeEqual(found, expected);
}
