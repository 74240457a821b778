import type { Scope } from '../../store/control/control-store.ts';

/** What each scope brings with it. `agent` stands apart: it only posts its own results and takes its schedule. */
const implied: Readonly<Record<Scope, readonly Scope[]>> = {
  read: ['read'],
  write: ['read', 'write'],
  admin: ['read', 'write', 'admin'],
  agent: ['agent'],
};

/** Every scope that the given ones amount to, each once, so that whoever asks need only look for the one he needs. */
export function withImplied(scopes: readonly Scope[]): readonly Scope[] {
  return [...new Set(scopes.flatMap((scope) => implied[scope]))];
}
