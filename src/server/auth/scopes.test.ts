import { describe, expect, test } from 'vitest';
import type { Scope } from '../../store/control/control-store.ts';
import { allows, requireScope } from './scopes.ts';

describe('scopes', () => {
  test.each<[Scope, Scope[]]>([
    ['read', ['read']],
    ['write', ['read', 'write']],
    ['admin', ['read', 'write', 'admin']],
    ['agent', ['agent']],
  ])('%s allows %s and nothing else', (scope, expected) => {
    const all: Scope[] = ['read', 'write', 'admin', 'agent'];
    expect(all.filter((needed) => allows([scope], needed))).toEqual(expected);
  });

  test('several scopes allow what any of them does, and none allows nothing', () => {
    expect(allows(['read', 'agent'], 'agent')).toBe(true);
    expect(allows(['read', 'agent'], 'write')).toBe(false);
    expect(allows([], 'read')).toBe(false);
  });

  test('what is not allowed is forbidden, with what was needed and what was there', () => {
    expect(() => requireScope({ name: 'ci', scopes: ['read', 'agent'] }, 'write')).toThrow(
      expect.objectContaining({ code: 'forbidden', message: 'not allowed: expected scope write, got read, agent ("ci")' }) as Error,
    );
    expect(() => requireScope({ name: 'ci', scopes: ['admin'] }, 'write')).not.toThrow();
  });
});
