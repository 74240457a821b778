import { describe, expect, test } from 'vitest';
import { apiUrl, parseServerUrl } from './server-url.ts';

const strict = { allowPlainHttp: false };

describe('server URL', () => {
  test.each(['http://127.0.0.1:8080', 'http://localhost:8080', 'http://[::1]:8080', 'http://127.8.9.1', 'https://tacho.example.org'])(
    '%s is accepted',
    (text) => {
      expect(parseServerUrl(text, strict).href).toContain(new URL(text).host);
    },
  );

  test.each(['http://tacho.example.org', 'http://10.0.0.1:8080', 'http://127.0.0.1.example.org', 'http://[2001:db8::1]'])(
    'plain http to %s is refused unless allowed',
    (text) => {
      expect(() => parseServerUrl(text, strict)).toThrow('refused plain http');
      expect(parseServerUrl(text, { allowPlainHttp: true }).protocol).toBe('http:');
    },
  );

  test.each([
    ['tacho.example.org', 'expected a URL'],
    ['ftp://example.org', 'expected http or https'],
    ['https://me:secret@example.org', 'no user name'],
  ])('%s is refused', (text, why) => {
    expect(() => parseServerUrl(text, strict)).toThrow(why);
  });

  test('paths of the API go under the path of the server', () => {
    expect(apiUrl(parseServerUrl('https://example.org/tacho/?x#y', strict), '/api/results').href).toBe('https://example.org/tacho/api/results');
    expect(apiUrl(parseServerUrl('https://example.org', strict), '/api/results').href).toBe('https://example.org/api/results');
  });
});
