import { spawn, spawnSync, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, chownSync, constants, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';

/** Debian keeps the server's programs here, one folder a version, out of everybody's PATH. */
const VERSIONS = '/usr/lib/postgresql';

/** PostgreSQL does not run as root. The user of the Debian package, else the one every Unix has. */
const UNPRIVILEGED = ['postgres', 'nobody'];

const PASSWORD = 'a pass/word@with:marks?';

/** The folder of initdb and postgres, the newest version first; null where there is none. */
function findPrograms(): string | null {
  let versions: string[] = [];
  try {
    versions = readdirSync(VERSIONS).sort((a, b) => Number(b) - Number(a));
  } catch {
    // Not Debian, or not installed.
  }
  const folders = [...versions.map((version) => join(VERSIONS, version, 'bin')), ...(process.env['PATH'] ?? '').split(delimiter)];
  return folders.find((folder) => ['initdb', 'postgres'].every((program) => isExecutable(join(folder, program)))) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/** Who runs the server: whoever runs the tests, or an unprivileged user where that is root; null where there is none. */
function findIdentity(): Identity | 'own' | null {
  if (process.getuid?.() !== 0) return 'own';
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of UNPRIVILEGED) {
    const user = users.find((fields) => fields[0] === name);
    if (user !== undefined) return { uid: Number(user[2]), gid: Number(user[3]) };
  }
  return null;
}

const programs = process.platform === 'win32' ? null : findPrograms();
const identity = programs === null ? null : findIdentity();

/** Why no cluster can be made here, in words for a skipped test; null where it can. */
export const postgresMissing =
  programs === null
    ? 'PostgreSQL is not installed (apt-get install postgresql)'
    : identity === null
      ? 'PostgreSQL does not run as root, and there is no unprivileged user'
      : null;

export interface PostgresCluster {
  /** The folder of its Unix socket: the only door it has. */
  readonly socket: string;
  /** The URL of a database; with another user or password than the owner's where given. */
  url(database: string, as?: { readonly user?: string; readonly password?: string }): string;
  /** Makes an empty database and gives its URL. `options` are SQL, such as `encoding 'LATIN1'`. */
  createDatabase(options?: string): Promise<string>;
  /** Runs SQL as the owner in one database, and gives its rows as objects. */
  query(url: string, sql: string): Promise<Record<string, unknown>[]>;
  /** Ends the server as an operator would who cannot wait: sessions are cut. */
  stop(): Promise<void>;
  start(): Promise<void>;
  remove(): Promise<void>;
}

/**
 * A PostgreSQL server of its own: data in a temporary folder, no network, nothing synced to disk. Every sign-in needs
 * the password.
 */
export async function createPostgresCluster(): Promise<PostgresCluster> {
  if (programs === null || identity === null) throw new Error(postgresMissing ?? 'unknown');
  const folder = mkdtempSync(join(tmpdir(), 'tacho-pg-'));
  const as: SpawnOptions = identity === 'own' ? {} : { ...identity };
  const data = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, PASSWORD, { mode: 0o600 });
  if (identity !== 'own') for (const path of [folder, passwordFile]) chownSync(path, identity.uid, identity.gid);

  const made = spawnSync(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'tacho', '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--encoding=UTF8', '--locale=C', '--no-sync'],
    { ...as, cwd: folder, encoding: 'utf8' },
  );
  if (made.status !== 0) {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`initdb failed: ${made.error?.message ?? made.stderr}`);
  }

  let server: ChildProcess | null = null;
  // Nobody else would end it if the tests' process ended early.
  const endAtExit = (): void => void server?.kill('SIGQUIT');
  process.on('exit', endAtExit);

  const start = async (): Promise<void> => {
    const options = { listen_addresses: '', unix_socket_directories: folder, fsync: 'off', full_page_writes: 'off', shared_buffers: '16MB' };
    const args = Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = spawn(join(programs, 'postgres'), ['-D', data, ...args], {
      ...as,
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: process.env['PATH'], LC_ALL: 'C' },
    });
    server = child;
    const said: string[] = [];
    for await (const line of createInterface({ input: child.stderr })) {
      said.push(line);
      if (line.includes('database system is ready to accept connections')) {
        // Whatever it says later must not fill the pipe.
        child.stderr.resume();
        return;
      }
    }
    throw new Error(`PostgreSQL did not start:\n${said.join('\n')}`);
  };
  const stop = async (): Promise<void> => {
    const child = server;
    server = null;
    if (child?.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    await ended;
  };
  const remove = async (): Promise<void> => {
    await stop();
    process.off('exit', endAtExit);
    rmSync(folder, { recursive: true, force: true });
  };
  const url: PostgresCluster['url'] = (database, { user = 'tacho', password = PASSWORD } = {}) =>
    `postgresql://${user}${password === '' ? '' : `:${encodeURIComponent(password)}`}@/${database}?host=${encodeURIComponent(folder)}`;

  try {
    await start();
  } catch (error) {
    await remove();
    throw error;
  }
  let databases = 0;
  return {
    socket: folder,
    url,
    query: runSql,
    createDatabase: async (options = '') => {
      const name = `test_${++databases}`;
      await runSql(url('postgres'), `create database ${name} template template0 ${options}`);
      return url(name);
    },
    stop,
    start,
    remove,
  };
}

async function runSql(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const { Client } = await import('pg');
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql);
    return rows;
  } finally {
    await client.end();
  }
}
