import { TachoError } from '../../model/errors.ts';
import type { Scope } from '../../store/control/control-store.ts';

/** What each scope allows. `agent` stands apart: a credential that only posts its own results and takes its schedule. */
const allowed: Readonly<Record<Scope, readonly Scope[]>> = {
  read: ['read'],
  write: ['read', 'write'],
  admin: ['read', 'write', 'admin'],
  agent: ['agent'],
};

export function allows(scopes: readonly Scope[], needed: Scope): boolean {
  return scopes.some((scope) => allowed[scope].includes(needed));
}

/** @throws {TachoError} forbidden */
export function requireScope(holder: { readonly name: string; readonly scopes: readonly Scope[] }, needed: Scope): void {
  if (allows(holder.scopes, needed)) return;
  throw new TachoError(
    'forbidden',
    `not allowed: expected scope ${needed}, got ${holder.scopes.join(', ') || 'none'} (${JSON.stringify(holder.name)})`,
  );
}
