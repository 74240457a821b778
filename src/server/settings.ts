import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { TachoError } from '../model/errors.ts';
import { parseDatabaseUrl } from '../store/control/database-url.ts';
import { logLevels } from '../util/log.ts';
import { isAddressOrNetwork } from './agent-download/secure-way.ts';
import { readConfigFile } from './declared/read-config.ts';

const port = z.coerce.number().int().min(0).max(65_535);
const flagLike = z.union([z.boolean(), z.enum(['true', 'false', '1', '0', 'yes', 'no']).transform((text) => ['true', '1', 'yes'].includes(text))]);
const list = z.union([
  z.array(z.string()),
  z.string().transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  ),
]);

/** As a base: without a slash at its end. */
const publicUrl = z
  .url({ protocol: /^https?$/ })
  .refine((text) => /^[^?#@]+$/.test(text))
  .transform((text) => text.replace(/\/+$/, ''));

const database = z.string().transform((text, context) => {
  const address = parseDatabaseUrl(text);
  if (address !== null) return address;
  context.addIssue('not a database URL');
  return z.NEVER;
});

interface Setting<T extends z.ZodType = z.ZodType> {
  readonly schema: T;
  readonly env: readonly string[];
  /** Where else a configuration file may say it: the words of network-stats-collector. */
  readonly yaml?: readonly string[];
  readonly expected: string;
  readonly description: string;
  /** Its value may hold a password: no message repeats it. */
  readonly secret?: boolean;
}

function setting<T extends z.ZodType>(schema: T, rest: Omit<Setting<T>, 'schema'>): Setting<T> {
  return { schema, ...rest };
}

/** Every setting of the server: its key in a configuration file, its variables, what it takes. */
export const settings = {
  data: setting(z.string().min(1), { env: ['TACHO_DATA'], expected: 'a directory', description: 'where everything is kept' }),
  database_url: setting(database.nullable(), {
    env: ['TACHO_DATABASE_URL', 'DATABASE_URL'],
    yaml: ['app.database.url'],
    expected: 'postgresql://USER:PASSWORD@HOST/DATABASE or sqlite:///FILE',
    description: 'where agents, destinations, jobs and tokens are kept, if not in control.sqlite of the data directory',
    secret: true,
  }),
  database_pool_size: setting(z.coerce.number().int().min(1).max(100), {
    env: ['TACHO_DATABASE_POOL_SIZE'],
    yaml: ['app.database.pool_size'],
    expected: 'a whole number, 1 to 100',
    description: 'connections to PostgreSQL at most; SQLite has one',
  }),
  host: setting(z.string().min(1), {
    env: ['TACHO_HOST', 'SERVER_HOST'],
    yaml: ['app.web.host'],
    expected: 'an address or host name',
    description: 'address to listen on',
  }),
  port: setting(port, {
    env: ['TACHO_PORT', 'SERVER_PORT'],
    yaml: ['app.web.port'],
    expected: 'a port from 0 to 65535 (0 picks a free one)',
    description: 'port to listen on',
  }),
  log_level: setting(
    z.preprocess(
      (v) =>
        typeof v === 'string'
          ? v
              .toLowerCase()
              .replace(/^warning$/, 'warn')
              .replace(/^critical$/, 'fatal')
          : v,
      z.enum(logLevels),
    ),
    {
      env: ['TACHO_LOG_LEVEL'],
      yaml: ['app.logging.level'],
      expected: `one of ${logLevels.join(', ')}`,
      description: 'least severe log line written',
    },
  ),
  log_file: setting(z.string().min(1).nullable(), {
    env: ['TACHO_LOG_FILE'],
    yaml: ['app.logging.file'],
    expected: 'a file path',
    description: 'file for the log instead of standard error',
  }),
  debug: setting(flagLike, { env: ['TACHO_DEBUG'], yaml: ['app.web.debug'], expected: 'true or false', description: 'same as log_level debug' }),
  default_test_duration: setting(z.coerce.number().positive().max(86_400).nullable(), {
    env: ['TACHO_DEFAULT_TEST_DURATION', 'DEFAULT_TEST_DURATION'],
    expected: 'seconds, more than 0 and at most 86400',
    description: "how long a run measures where a job does not say; a kind's own default where it is not set (StreamSwarm's is 300)",
  }),
  default_test_interval: setting(z.coerce.number().positive().max(3600).nullable(), {
    env: ['TACHO_DEFAULT_TEST_INTERVAL', 'DEFAULT_TEST_INTERVAL'],
    expected: 'seconds, more than 0 and at most 3600',
    description: "time between the measurements of a run where a job does not say; a kind's own default where it is not set (StreamSwarm's is 5)",
  }),
  local_agent: setting(flagLike, { env: ['TACHO_LOCAL_AGENT'], expected: 'true or false', description: 'whether this machine measures too' }),
  default_destinations: setting(z.enum(['host', 'loopback', 'none']), {
    env: ['TACHO_DEFAULT_DESTINATIONS'],
    expected: 'host, loopback or none',
    description: "what the first start begins to measure: this host's surroundings, loopback only, or nothing",
  }),
  tls_cert: setting(z.string().min(1).nullable(), {
    env: ['TACHO_TLS_CERT'],
    yaml: ['tls.cert'],
    expected: 'a file path',
    description: 'certificate chain (PEM): with it and its key the server speaks TLS',
  }),
  tls_key: setting(z.string().min(1).nullable(), {
    env: ['TACHO_TLS_KEY'],
    yaml: ['tls.key'],
    expected: 'a file path',
    description: "the certificate's private key (PEM)",
  }),
  public_url: setting(publicUrl.nullable(), {
    env: ['TACHO_PUBLIC_URL'],
    expected: 'a URL such as https://tacho.example.org',
    description: 'how other machines reach this server; without it, whoever adds an agent is shown the address by which they opened the dashboard',
  }),
  trusted_proxies: setting(
    list.refine((entries) => entries.every(isAddressOrNetwork)),
    {
      env: ['TACHO_TRUSTED_PROXIES'],
      expected: 'a list of addresses and networks such as 127.0.0.1 or 10.0.0.0/8',
      description: 'proxies that speak TLS for this server, and whose X-Forwarded-Proto is believed',
    },
  ),
  allowed_origins: setting(list, {
    env: ['TACHO_ALLOWED_ORIGINS'],
    expected: 'a list of origins such as https://tacho.example.org',
    description: 'other origins whose pages may use the API with a session',
  }),
  results_memory_mb: setting(z.coerce.number().int().min(32).max(1_048_576), {
    env: ['TACHO_RESULTS_MEMORY_MB'],
    expected: 'megabytes, at least 32',
    description: 'memory the results engine may use',
  }),
  results_threads: setting(z.coerce.number().int().min(1).max(256), {
    env: ['TACHO_RESULTS_THREADS'],
    expected: 'a whole number, at least 1',
    description: 'threads the results engine may use',
  }),
  heartbeat_ms: setting(z.coerce.number().int().min(100).max(600_000), {
    env: ['TACHO_HEARTBEAT_MS'],
    expected: 'milliseconds, 100 to 600000',
    description: 'time between heartbeats of an agent',
  }),
  breaker_failures: setting(z.coerce.number().int().min(0).max(1000), {
    env: ['TACHO_BREAKER_FAILURES'],
    expected: 'a whole number, 0 to 1000',
    description: 'failed runs in a row after which an agent holds runs to a destination back; 0 never does',
  }),
  breaker_probe_ms: setting(z.coerce.number().int().min(1000).max(3_600_000), {
    env: ['TACHO_BREAKER_PROBE_MS'],
    expected: 'milliseconds, 1000 to 3600000',
    description: 'time between cheap probes of a destination that is held back from',
  }),
} as const satisfies Record<string, Setting>;

export type SettingKey = keyof typeof settings;
export type Settings = { readonly [K in SettingKey]: z.output<(typeof settings)[K]['schema']> };

/** What holds where nothing is said. */
export function defaultSettings(): Settings {
  return {
    data: join(homedir(), '.tachograph'),
    database_url: null,
    // One server asks a handful of short questions at a time; PostgreSQL's own default allows 100 connections in all.
    database_pool_size: 10,
    host: '127.0.0.1',
    port: 8080,
    log_level: 'info',
    log_file: null,
    debug: false,
    default_test_duration: null,
    default_test_interval: null,
    local_agent: true,
    default_destinations: 'host',
    tls_cert: null,
    tls_key: null,
    public_url: null,
    trusted_proxies: [],
    allowed_origins: [],
    // With the 2 GB machine in mind: the engine's own share, the rest is Node's and the page cache's.
    results_memory_mb: 192,
    results_threads: 2,
    heartbeat_ms: 10_000,
    breaker_failures: 5,
    breaker_probe_ms: 30_000,
  };
}

export interface SettingsSources {
  /** Path of a YAML file; an error if it is given and not there. */
  readonly file?: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly flags?: Readonly<Partial<Record<SettingKey, unknown>>> | undefined;
}

/**
 * The server's settings: flags over variables over the file over the defaults.
 * @throws {TachoError} invalid_request, naming every wrong key, where it stands and what was expected.
 */
export function readSettings({ file, env = {}, flags = {} }: SettingsSources): Settings {
  const problems: string[] = [];
  const values: Partial<Record<SettingKey, unknown>> = {};
  const take: Take = (key, value, where) => {
    const problem = problemOf(key, value, where);
    if (problem === null) values[key] = settings[key].schema.parse(value);
    else problems.push(problem);
  };

  if (file !== undefined) readFile(file, take, problems);
  for (const key of Object.keys(settings) as SettingKey[]) {
    for (const variable of settings[key].env.toReversed()) {
      const value = env[variable];
      if (value !== undefined && value !== '') take(key, value, `variable ${variable}`);
    }
    if (flags[key] !== undefined) take(key, flags[key], `option --${key.replaceAll('_', '-')}`);
  }
  if (problems.length > 0) throw new TachoError('invalid_request', problems.join('\n'), { details: problems });
  const all = { ...defaultSettings(), ...values } as Settings;
  return { ...all, log_level: all.debug ? 'debug' : all.log_level, data: resolve(all.data) };
}

/** What is wrong with the settings in a configuration file, a line each; destinations and jobs are another matter. */
export function settingProblems(root: Readonly<Record<string, unknown>>, file: string): string[] {
  const problems: string[] = [];
  const take: Take = (key, value, where) => {
    const problem = problemOf(key, value, where);
    if (problem !== null) problems.push(problem);
  };
  readRoot(root, { file, take, problems });
  return problems;
}

function problemOf(key: SettingKey, value: unknown, where: string): string | null {
  const { schema, expected, secret = false }: Setting = settings[key];
  if (schema.safeParse(value).success) return null;
  return `${where}: invalid ${key}: expected ${expected}, got ${secret ? 'something else' : JSON.stringify(value)}`;
}

type Take = (key: SettingKey, value: unknown, where: string) => void;

function readFile(file: string, take: Take, problems: string[]): void {
  try {
    readRoot(readConfigFile(file).settings, { file, take, problems });
  } catch (error) {
    if (!(error instanceof TachoError)) throw error;
    problems.push(...error.message.split('\n'));
  }
}

interface RootReading {
  readonly file: string;
  readonly take: Take;
  readonly problems: string[];
}

function readRoot(root: Readonly<Record<string, unknown>>, { file, take, problems }: RootReading): void {
  const byYaml = new Map<string, SettingKey>();
  for (const key of Object.keys(settings) as SettingKey[]) {
    byYaml.set(key, key);
    for (const path of (settings[key] as Setting).yaml ?? []) byYaml.set(path, key);
  }
  for (const [path, value] of leaves(root, '')) {
    const key = byYaml.get(path);
    if (key === undefined) problems.push(`${file}: unknown key ${path}: expected one of ${[...byYaml.keys(), 'destinations', 'jobs'].join(', ')}`);
    else take(key, value, file);
  }
}

function* leaves(node: Readonly<Record<string, unknown>>, prefix: string): Generator<[string, unknown]> {
  for (const [key, value] of Object.entries(node)) {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) yield* leaves(value as Record<string, unknown>, path);
    else yield [path, value];
  }
}
