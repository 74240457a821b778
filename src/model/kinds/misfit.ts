import type { KindDefinition, TargetForm } from './kind.ts';

const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i;
const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[?[0-9a-f]*:[0-9a-f:.]*(?:%\w+)?\]?)$/i;

/** Why a kind cannot measure what a destination says, in words to follow its name; null where it can. */
export function misfitOf(definition: KindDefinition, host: string, spec: unknown): string | null {
  const parsed = definition.spec.safeParse(spec ?? {});
  // Options that do not fit are a problem of their own.
  if (!parsed.success || definition.measuresOther?.(parsed.data) === true) return null;
  return misfitOfForm(definition.target, host);
}

function misfitOfForm(form: TargetForm, host: string): string | null {
  if (form === 'none') return null;
  const scheme = SCHEME.exec(host)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https')
    return `expected a host${form === 'url' ? ' or an http URL' : ''}, got ${quoted(host)}`;
  const url = scheme === undefined ? null : URL.parse(host);
  if (scheme !== undefined && url === null) return `expected a host or a URL, got ${quoted(host)}`;
  const bare = url?.hostname ?? host;
  if (form === 'name' && ADDRESS.test(bare)) return `expected a name, got the address ${quoted(bare)}`;
  // Only a URL has a path; of a host with a port, each kind knows what to think.
  if (form !== 'url' && url === null && /[/?#]/.test(bare)) return `expected a host, got ${quoted(host)}`;
  return null;
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 200));
}
