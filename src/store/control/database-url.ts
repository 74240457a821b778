import { resolve } from 'node:path';

/** Where the control store is kept. */
export type DatabaseAddress = { readonly engine: 'postgres'; readonly url: string } | { readonly engine: 'sqlite'; readonly path: string };

/** Programs in Python name their driver too, `postgresql+asyncpg:`; that part means nothing here. */
const SCHEME = /^(postgres(?:ql)?|sqlite)(?:\+\w+)?:\/\//;

/**
 * Reads `postgresql://USER:PASSWORD@HOST:PORT/DATABASE` and `sqlite:///FILE`. As SQLAlchemy has it, a file after three
 * slashes is relative to the working directory, and one after four is absolute. Null where it is neither.
 */
export function parseDatabaseUrl(text: string): DatabaseAddress | null {
  const scheme = SCHEME.exec(text);
  if (scheme === null) return null;
  const rest = text.slice(scheme[0].length);
  if (scheme[1] === 'sqlite') {
    const file = rest.slice(1);
    // A store in memory would be lost with the process; options after `?` belong to another driver.
    const isFile = rest.startsWith('/') && file !== '' && file !== ':memory:' && !file.includes('?');
    return isFile ? { engine: 'sqlite', path: resolve(file) } : null;
  }
  const url = `postgresql://${rest}`;
  return readPostgresUrl(url) === null ? null : { engine: 'postgres', url };
}

/** A PostgreSQL URL as it may be shown: who, where and which database, without password and options. */
export function postgresLabel(url: string): string {
  const read = readPostgresUrl(url);
  if (read === null) return 'postgresql://';
  const option = (name: string): string => read.searchParams.get(name) ?? '';
  const user = option('user') || decode(read.username);
  const host = option('host') || (read.hostname === NO_HOST ? '' : decode(read.hostname));
  const port = option('port') || read.port;
  const database = decode(read.pathname.slice(1));
  const socket = host.startsWith('/');
  const place = `${socket ? '' : host}${port === '' ? '' : `:${port}`}`;
  return `postgresql://${user === '' ? '' : `${user}@`}${place}/${database}${socket ? ` (socket in ${host})` : ''}`;
}

const NO_HOST = 'no-host.invalid';

function readPostgresUrl(url: string): URL | null {
  // A user without a host means the local socket; WHATWG's URL knows no such form.
  return URL.parse(url) ?? URL.parse(url.replace('@/', `@${NO_HOST}/`));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
