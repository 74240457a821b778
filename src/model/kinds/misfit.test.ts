import { describe, expect, test } from 'vitest';
import { kinds, type Kind } from './index.ts';
import { misfitOf } from './misfit.ts';

describe('what a kind can measure', () => {
  test.each<[Kind, string, unknown, string | null]>([
    ['ping', 'example.test', {}, null],
    ['ping', '192.0.2.1', {}, null],
    ['ping', '2001:db8::1', {}, null],
    ['ping', 'https://example.test/path', {}, null],
    ['ping', 'example.test/path', {}, 'expected a host, got "example.test/path"'],
    ['ping', 'ftp://example.test', {}, 'expected a host, got "ftp://example.test"'],
    ['http', 'example.test/path', {}, null],
    ['http', '192.0.2.1', {}, null],
    ['http', 'ftp://example.test', {}, 'expected a host or an http URL, got "ftp://example.test"'],
    ['http', 'http://', {}, 'expected a host or a URL, got "http://"'],
    ['dns', 'example.test', {}, null],
    ['dns', 'https://example.test/', {}, null],
    ['dns', '192.0.2.1', {}, 'expected a name, got the address "192.0.2.1"'],
    ['dns', 'http://[2001:db8::1]/', {}, 'expected a name, got the address "[2001:db8::1]"'],
    ['dns', '2001:db8::1', {}, 'expected a name, got the address "2001:db8::1"'],
    ['dns', '192.0.2.1', { name: 'example.test' }, null],
    ['dns', '192.0.2.1', { type: 'PTR' }, null],
    ['dns', '192.0.2.1', { type: 'NONSENSE' }, null],
    ['system', 'anything at all', {}, null],
  ])('%s of %s with %j: %s', (kind, host, spec, misfit) => {
    expect(misfitOf(kinds[kind], host, spec)).toBe(misfit);
  });
});
