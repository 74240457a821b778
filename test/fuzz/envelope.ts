import fc from 'fast-check';
import { oddKey, oddText } from './hostile.ts';

/** What is done to a body on its way. */
export type Packing = 'plain' | 'gzip' | 'gzip-cut' | 'gzip-not' | 'deflate' | 'cut' | 'trailing' | 'bom' | 'padded' | 'none' | 'bytes';

export function rawQuery(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.constantFrom(
      '&',
      '?',
      '%',
      '%zz=1',
      '=',
      '&&&',
      'limit=1&limit=2',
      'from=&to=',
      'limit[]=1',
      'kind[a]=b',
      '__proto__=1',
      '__proto__[a]=1',
      'constructor=1',
      'agent=%00',
      'cursor=%ff%fe',
      '#',
      'a=1;b=2',
      'hours=24&hours=1',
    ),
    fc.tuple(oddKey(), oddText()).map(([key, text]) => `${inPath(key)}=${inPath(text)}`),
    fc.nat(400).map((count) => 'kind=ping&'.repeat(count)),
  );
}

export function oddPacking(): fc.Arbitrary<Packing> {
  return fc.constantFrom('gzip', 'gzip-cut', 'gzip-not', 'deflate', 'cut', 'trailing', 'bom', 'padded', 'none', 'bytes');
}

export function oddContentType(): fc.Arbitrary<string | null> {
  return fc.constantFrom(
    ...[
      null,
      'application/json',
      'application/json; charset=utf-8',
      'application/json; charset=utf-16',
      'APPLICATION/JSON',
      'application/json;;;',
      'application/json, text/html',
    ],
    ...[
      'text/plain',
      'text/html',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      'multipart/form-data; boundary=a',
      'application/xml',
      'application/vnd.api+json',
      '*/*',
      'a',
      '/',
      'application/',
    ],
  );
}

export function oddAuthorization(): fc.Arbitrary<string> {
  const secret = `tacho_t_${'A'.repeat(43)}`;
  return fc.constantFrom(
    'Bearer',
    'Bearer ',
    'Basic YTpi',
    `Bearer ${secret}`,
    `bearer ${secret} x`,
    `Bearer tacho_a_${'A'.repeat(43)}`,
    `Bearer ${'x'.repeat(7000)}`,
    secret,
    '',
    'Bearer \u00ff',
  );
}

export function oddHeaders(): fc.Arbitrary<Record<string, string>> {
  return fc.constantFrom<Record<string, string>>(
    {},
    { accept: 'text/html' },
    { accept: '%', 'accept-encoding': 'br;q=x' },
    { 'x-forwarded-for': '10.0.0.1, evil', forwarded: 'for=x' },
    { 'if-none-match': '*', range: 'bytes=0-0' },
    { origin: 'null' },
    { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    { host: 'evil.example' },
    { host: '[' },
    { cookie: 'tacho_session=%00; tacho_session' },
    { cookie: `a=${'b'.repeat(6000)}` },
    { 'x-http-method-override': 'DELETE' },
    { 'content-encoding': 'gzip, gzip' },
    { expect: '200-maybe' },
    { connection: 'close' },
    { 'x-long': 'y'.repeat(17_000) },
  );
}

/** A text for a path or a query. What no URL can hold, such as half a surrogate pair, becomes bytes that are no UTF-8. */
export function inPath(text: string): string {
  return Array.from(text, (character) =>
    /[\ud800-\udfff]/.test(character) && character.length === 1 ? '%ED%A0%80' : encodeURIComponent(character),
  ).join('');
}
