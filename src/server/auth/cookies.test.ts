import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { endedSessionCookie, readCookie, sessionCookie } from './cookies.ts';

describe('session cookie', () => {
  test('scripts cannot read it, other sites cannot send it, and it ends by itself', () => {
    expect(sessionCookie('abc', { maxAgeS: 43_200, secure: false })).toBe('tacho_session=abc; HttpOnly; SameSite=Strict; Path=/; Max-Age=43200');
  });

  test('over TLS it never travels in the clear', () => {
    expect(sessionCookie('abc', { maxAgeS: 1, secure: true })).toBe('tacho_session=abc; HttpOnly; SameSite=Strict; Path=/; Max-Age=1; Secure');
  });

  test('ending it takes it away at once', () => {
    expect(endedSessionCookie({ secure: true })).toBe('tacho_session=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0; Secure');
  });
});

describe('reading a cookie', () => {
  test.each([
    ['no header', undefined, null],
    ['an empty header', '', null],
    ['the only one', 'sid=abc', 'abc'],
    ['one of several', 'a=1; sid=abc; b=2', 'abc'],
    ['without blanks', 'a=1;sid=abc;b=2', 'abc'],
    ['with more blanks', '  sid = abc  ;', 'abc'],
    ['the first of two', 'sid=first; sid=second', 'first'],
    ['a value with =', 'sid=a=b==', 'a=b=='],
    ['a quoted value', 'sid="abc"', 'abc'],
    ['a lone quote', 'sid="', '"'],
    ['an empty value', 'sid=', ''],
    ['a name without value', 'sid', null],
    ['another name that ends so', 'xsid=abc', null],
    ['another name that begins so', 'sidx=abc', null],
    ['another case', 'SID=abc', null],
    ['a percent sign that decodes to nothing', 'sid=%zz', '%zz'],
    ['separators alone', ';;;=;=', null],
  ])('%s', (_, header, expected) => {
    expect(readCookie(header, 'sid')).toBe(expected);
  });

  test('names that objects inherit are names like any other', () => {
    expect(readCookie('a=1', '__proto__')).toBeNull();
    expect(readCookie('__proto__=x; constructor=y', 'constructor')).toBe('y');
  });

  test('any header is read without a fault', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constantFrom(';', '=', '"', ' ', 'sid'), fc.string({ maxLength: 5 }))), (pieces) => {
        const header = pieces.join('');
        const value = readCookie(header, 'sid');
        expect(value === null || header.includes(value)).toBe(true);
      }),
    );
  });
});
