import { describe, expect, test } from 'vitest';
import type { Scope } from '../../store/control/control-store.ts';
import { withImplied } from './scopes.ts';

describe('scopes', () => {
  test.each<[Scope[], Scope[]]>([
    [['read'], ['read']],
    [['write'], ['read', 'write']],
    [['admin'], ['read', 'write', 'admin']],
    [['agent'], ['agent']],
    [
      ['agent', 'read'],
      ['agent', 'read'],
    ],
    [
      ['write', 'admin', 'read'],
      ['read', 'write', 'admin'],
    ],
    [[], []],
  ])('%j amount to %j', (scopes, expected) => {
    expect(withImplied(scopes)).toEqual(expected);
  });
});
