import { createHash, randomBytes as systemRandomBytes } from 'node:crypto';

/** The letter after the prefix: whoever finds a secret in a log knows what it opens. */
const letters = { token: 't', agent: 'a', enrolment: 'e', login: 'l', session: 's' } as const;

export type SecretKind = keyof typeof letters;

/** Where secrets' chance comes from. */
export type RandomBytes = (size: number) => Uint8Array;

/** 256 bits: nobody guesses that, so a fast hash without salt keeps it safe at rest. */
const SECRET_BYTES = 32;

const SECRET = /^tacho_([taels])_[A-Za-z0-9_-]{43}$/;

/** A new secret: `tacho_`, the letter of its kind, and 32 random bytes in base64url. */
export function makeSecret(kind: SecretKind, randomBytes: RandomBytes = systemRandomBytes): string {
  return `tacho_${letters[kind]}_${Buffer.from(randomBytes(SECRET_BYTES)).toString('base64url')}`;
}

/** The kind that a text of the right form claims to be; null for any other text, which then needs no look-up. */
export function secretKind(text: string): SecretKind | null {
  const letter = SECRET.exec(text)?.[1];
  for (const kind of Object.keys(letters) as SecretKind[]) {
    if (letters[kind] === letter) return kind;
  }
  return null;
}

/** What is stored in a secret's place: SHA-256 in hex. */
export function hashSecret(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
