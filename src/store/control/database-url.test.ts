import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseDatabaseUrl, postgresLabel } from './database-url.ts';

describe('a database URL', () => {
  test.each([
    ['postgresql://u:p@host:5433/tacho', 'postgresql://u:p@host:5433/tacho'],
    ['postgres://host/tacho?sslmode=verify-full', 'postgresql://host/tacho?sslmode=verify-full'],
    ['postgresql+asyncpg://u@host/tacho', 'postgresql://u@host/tacho'],
    ['postgresql:///tacho?host=/run/postgresql', 'postgresql:///tacho?host=/run/postgresql'],
    ['postgresql://u:p@/tacho?host=/run/postgresql', 'postgresql://u:p@/tacho?host=/run/postgresql'],
    ['postgresql://u:p@[::1]:5432/tacho', 'postgresql://u:p@[::1]:5432/tacho'],
  ])('%s is PostgreSQL', (text, url) => {
    expect(parseDatabaseUrl(text)).toEqual({ engine: 'postgres', url });
  });

  test.each([
    ['sqlite:///network_stats.db', resolve('network_stats.db')],
    ['sqlite:////var/lib/tacho/control.sqlite', '/var/lib/tacho/control.sqlite'],
    ['sqlite+aiosqlite:///a b/c%20d.db', resolve('a b/c%20d.db')],
  ])('%s is a file of SQLite: after three slashes relative, after four absolute', (text, path) => {
    expect(parseDatabaseUrl(text)).toEqual({ engine: 'sqlite', path });
  });

  test.each([
    '',
    'control.sqlite',
    'mysql://u:p@host/tacho',
    'postgresql:tacho',
    'postgresql://u:p#ss@host/tacho',
    'postgresql://host:port/tacho',
    'sqlite://',
    'sqlite:///',
    'sqlite:///:memory:',
    'sqlite:///a.db?mode=ro',
    'sqlite://host/a.db',
  ])('%j is none', (text) => {
    expect(parseDatabaseUrl(text)).toBeNull();
  });

  test.each([
    ['postgresql://u:secret@host:5433/tacho', 'postgresql://u@host:5433/tacho'],
    ['postgresql://host/tacho?password=secret&user=u', 'postgresql://u@host/tacho'],
    ['postgresql:///tacho', 'postgresql:///tacho'],
    ['postgresql://u:secret@/tacho?host=%2Frun%2Fpostgresql', 'postgresql://u@/tacho (socket in /run/postgresql)'],
    ['postgresql://u%40x:secret@%2Frun%2Fpg:5433/my%20db', 'postgresql://u@x@:5433/my db (socket in /run/pg)'],
    ['postgresql://u:%zz@host/%zz', 'postgresql://u@host/%zz'],
  ])('%s is shown without its password', (url, label) => {
    expect(postgresLabel(url)).toBe(label);
  });
});
