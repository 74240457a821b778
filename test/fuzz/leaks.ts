import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { errorBody, errorCatalogue } from '../../src/model/errors.ts';
import { disagreement } from '../support/api-document.ts';

export interface AskedAnswer {
  readonly method: string;
  /** As the document would have it. */
  readonly documentPath: string;
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  /** Whether the route's answer is to hold a new secret. */
  readonly handsOutSecrets: boolean;
}

export interface Inside {
  /** The server's data directory. */
  readonly data: string;
  readonly secrets: ReadonlySet<string>;
  readonly passwords: readonly string[];
}

/** What only somebody inside should see, wherever it stands. */
const insides: readonly (readonly [string, RegExp])[] = [
  ['a line of a stack', /(^|\\n|\n)\s+at [^\s"]+ ?\(?[^)"]*:\d+:\d+/],
  ['a place in a source', /\w\.(ts|js|mjs|cjs):\d+/],
  ['a path of a package', /node_modules/],
  ['a module of Node', /node:(internal|fs|net|http|zlib|stream)/],
  ['a statement of SQL', /\b(select\b[^"]{1,300}\bfrom\b|insert\s+(or \w+ )?into\b|delete\s+from\b|update\b[^"]{1,100}\bset\b|create\s+table\b)/i],
  ['words of a database', /SQLITE_|sqlite3?_|duckdb|kysely|constraint failed|(Binder|Parser|Conversion|Catalog|Constraint) Error/i],
  [
    'a fault of the language',
    /\b(TypeError|ReferenceError|RangeError|SyntaxError)\b|Cannot (read|set) propert|is not (a function|iterable)|\bundefined \(reading/,
  ],
];

/** What is wrong with an answer, or null. */
export function complaint(answer: AskedAnswer, inside: Inside): string | null {
  const { method, status, contentType, text } = answer;
  // Nothing is starting, stopping or full here, which is all that a 503 is for.
  if (status >= 500) return `answered ${status}: ${text.slice(0, 400)}`;
  if (method === 'HEAD') return text === '' ? null : 'answered HEAD with a body';
  return disagreement(method, answer.documentPath, { status, contentType, text }) ?? wrongError(answer) ?? leak(answer, inside);
}

function wrongError({ documentPath, status, contentType, text }: AskedAnswer): string | null {
  if (status < 400) return null;
  // A browser that asks for a page that is none gets the dashboard, which says so.
  if (status === 404 && !documentPath.startsWith('/api/') && contentType.startsWith('text/html') && text.startsWith('<!doctype html>')) return null;
  if (!contentType.startsWith('application/json')) return `answered ${status} as ${contentType}: ${text.slice(0, 200)}`;
  const parsed = errorBody.safeParse(JSON.parse(text));
  if (!parsed.success) return `answered ${status} in another form than every error's: ${text.slice(0, 200)}`;
  const { code, message } = parsed.data.error;
  if (errorCatalogue[code].status !== status) return `answered ${status} with the code ${code}`;
  return message === '' ? `answered ${status} without a word` : null;
}

function leak({ contentType, text, handsOutSecrets }: AskedAnswer, { data, secrets, passwords }: Inside): string | null {
  const words = [data, process.cwd(), `${homedir()}/`, resolve(import.meta.dirname, '../..'), ...passwords];
  const word = words.find((one) => one.length > 3 && text.includes(one));
  if (word !== undefined) return `tells ${JSON.stringify(word)}: ${around(text, text.indexOf(word))}`;
  if (/[0-9a-f]{64}/.test(text)) {
    const hash = [...secrets].map((secret) => createHash('sha256').update(secret).digest('hex')).find((one) => text.includes(one));
    if (hash !== undefined) return `tells the hash of a secret: ${around(text, text.indexOf(hash))}`;
  }
  if (!handsOutSecrets) {
    const secret = /tacho_[taels]_[A-Za-z0-9_-]{43}/.exec(text);
    if (secret !== null && secrets.has(secret[0])) return `tells a secret: ${around(text, secret.index)}`;
  }
  // The page and the document for people may speak of programs.
  if (!contentType.startsWith('application/json')) return null;
  for (const [what, pattern] of insides) {
    const found = pattern.exec(text);
    if (found !== null) return `tells ${what}: ${around(text, found.index)}`;
  }
  return null;
}

function around(text: string, index: number): string {
  return text.slice(Math.max(0, index - 100), index + 200);
}
