import type * as z from 'zod';
import { CONTROL } from './name.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** Longest part of a wrong value that is repeated. */
const LONGEST_QUOTE = 64;

/** Fields whose values are never repeated: the answer may be kept in somebody's log. */
const SECRET = /password|token|secret|credential|link/i;

/** An issue of zod, or of those an alternative of a union has, at its path from the top. */
export interface WordedIssue {
  readonly path: Path;
  readonly text: string;
}

/** What was given, as it was before anything was read into it; absent where nobody kept it. */
export interface Given {
  readonly value: unknown;
}

/**
 * An issue in our words: what was expected, then what came. What a schema of ours says itself is left as it is; zod's
 * own sentences, told by their capital letter, are not.
 */
export function wordIssue(issue: Issue, given: Given | null, above: Path = []): WordedIssue[] {
  const path = [...above, ...issue.path];
  if (!/^[A-Z]/.test(issue.message)) return [{ path, text: withGot(issue.message, given, path) }];
  if (issue.code === 'invalid_union' && issue.errors.length > 0) return wordUnion(issue.errors, given, path);
  if (issue.code === 'invalid_key' || issue.code === 'invalid_element') {
    const [inner] = issue.issues;
    const key = String(issue.code === 'invalid_key' ? path.at(-1) : issue.key);
    const text = inner === undefined ? null : wordIssue(inner, { value: key })[0]?.text;
    return [{ path, text: `invalid ${issue.code === 'invalid_key' ? 'key' : 'element'}: ${text ?? `got ${quoted(key)}`}` }];
  }
  if (issue.code === 'unrecognized_keys') {
    return [{ path, text: `unknown ${issue.keys.length === 1 ? 'field' : 'fields'}: expected none, got ${issue.keys.map(quoted).join(', ')}` }];
  }
  const got = given === null ? null : gotText(issue, valueAt(given.value, path), path);
  return [{ path, text: `expected ${expectation(issue)}${got === null ? '' : `, got ${got}`}` }];
}

/** Of a union's alternatives the one that was meant; where none looks meant, all of them. */
function wordUnion(alternatives: readonly (readonly Issue[])[], given: Given | null, path: Path): WordedIssue[] {
  const isOther = (issue: Issue): boolean => issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value');
  const meant = alternatives.filter((issues) => !issues.some(isOther)).toSorted((a, b) => a.length - b.length)[0];
  if (meant !== undefined) return meant.flatMap((issue) => wordIssue(issue, given, path));
  const expected = [...new Set(alternatives.flatMap((issues) => issues.filter(isOther).slice(0, 1)).map(expectation))];
  const got = given === null ? '' : `, got ${display(valueAt(given.value, path), path)}`;
  return [{ path, text: `expected ${expected.join(' or ')}${got}` }];
}

const types: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  bigint: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'an object',
  record: 'an object',
  map: 'a map',
  set: 'a set',
  date: 'a date',
  undefined: 'nothing',
  null: 'null',
  never: 'nothing',
  nan: 'NaN',
};

/** What is counted in things that have a size; a number is its own size. */
const sizes: Readonly<Record<string, readonly [one: string, many: string]>> = {
  string: ['character', 'characters'],
  array: ['item', 'items'],
  set: ['item', 'items'],
  map: ['entry', 'entries'],
  record: ['field', 'fields'],
  object: ['field', 'fields'],
  file: ['byte', 'bytes'],
};

const formats: Readonly<Record<string, string>> = {
  email: 'an e-mail address',
  url: 'a URL',
  uuid: 'a UUID',
  guid: 'a UUID',
  datetime: 'an instant in ISO 8601',
  date: 'a date in ISO 8601',
  time: 'a time in ISO 8601',
  duration: 'a duration in ISO 8601',
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
  mac: 'a MAC address',
  cidrv4: 'an IPv4 network such as 192.0.2.0/24',
  cidrv6: 'an IPv6 network such as 2001:db8::/32',
  base64: 'base64',
  base64url: 'base64url',
  json_string: 'JSON',
};

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return types[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return issue.values.length === 1 ? String(issue.values[0]) : `one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return bound(issue.exact === true ? 'exactly' : issue.inclusive === false ? 'more than' : 'at least', issue.minimum, issue.origin);
    case 'too_big':
      return bound(issue.exact === true ? 'exactly' : issue.inclusive === false ? 'less than' : 'at most', issue.maximum, issue.origin);
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`;
    case 'invalid_format':
      return formatText(issue);
    case 'invalid_union':
      if (issue.inclusive === false) return 'what fits one alternative only';
      return issue.options === undefined ? 'another value' : `one of ${issue.options.map(String).join(', ')}`;
    case 'unrecognized_keys':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return 'another value';
  }
}

function bound(word: string, limit: number | bigint, origin: string): string {
  const size = sizes[origin];
  return size === undefined ? `${word} ${limit}` : `${word} ${limit} ${size[Number(limit) === 1 ? 0 : 1]}`;
}

function formatText(issue: z.core.$ZodIssueInvalidStringFormat): string {
  const { prefix, suffix, includes } = issue as { prefix?: string; suffix?: string; includes?: string };
  if (prefix !== undefined) return `a text that begins with ${quoted(prefix)}`;
  if (suffix !== undefined) return `a text that ends with ${quoted(suffix)}`;
  if (includes !== undefined) return `a text that holds ${quoted(includes)}`;
  return formats[issue.format] ?? (issue.pattern === undefined ? `a text of the form ${issue.format}` : `a text that matches ${issue.pattern}`);
}

/** Sentences of our own that say what they expected say what came, too, where it is one short thing. */
function withGot(message: string, given: Given | null, path: Path): string {
  if (given === null || !/\bexpected\b/.test(message) || /\bgot\b/.test(message)) return message;
  const value = valueAt(given.value, path);
  return typeof value === 'object' || value === undefined ? message : `${message}, got ${display(value, path)}`;
}

/** What came; of what is too long or too short its size. Null where the value says no more than the expectation. */
function gotText(issue: Issue, value: unknown, path: Path): string | null {
  const sized = (issue.code === 'too_small' || issue.code === 'too_big') && issue.origin in sizes;
  if (!sized) return display(value, path);
  if (typeof value === 'string' || Array.isArray(value)) return String(value.length);
  return typeof value === 'object' && value !== null ? String(Object.keys(value).length) : null;
}

/** The value at a path. What was split out of a text, such as words with commas between, is shown as that text. */
function valueAt(value: unknown, path: Path): unknown {
  let found = value;
  for (const part of path) {
    if (typeof found === 'string') return found;
    if (found instanceof Map) found = found.get(part);
    else found = typeof found === 'object' && found !== null ? (found as Record<PropertyKey, unknown>)[part] : undefined;
  }
  return found;
}

function display(value: unknown, path: Path): string {
  if (value === undefined) return 'nothing';
  if (path.some((part) => SECRET.test(String(part)))) return 'something else';
  if (Array.isArray(value)) return 'a list';
  if (value === null) return 'null';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  return typeof value === 'string' ? quoted(value) : typeof value;
}

/** In quotes, short, and without what a terminal would obey. */
function quoted(value: PropertyKey): string {
  const text = String(value);
  const short = text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}...` : text;
  return JSON.stringify(short).replace(new RegExp(CONTROL, 'g'), (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
