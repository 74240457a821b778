import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { parseServerUrl } from '../agent/server-url.ts';
import { errorBody, TachoError } from '../model/errors.ts';
import { awaitDataDirectory, readServerFile, type DataDirectory } from '../server/data-directory.ts';
import type { ApiMethod } from '../server/in-process.ts';
import { systemClock, type Clock } from '../util/clock.ts';
import { packageVersion } from '../util/files.ts';
import { openLog } from '../util/log.ts';

export interface ConnectionFlags {
  readonly data?: string | undefined;
  readonly url?: string | undefined;
  readonly token?: string | undefined;
  /** - is standard input. */
  readonly tokenFile?: string | undefined;
  readonly allowPlainHttp?: boolean | undefined;
}

/** The API, wherever it answers. Nothing is opened before the first question. */
export interface Connection {
  /** @throws {TachoError} as the API answered, or unavailable where nothing did. */
  request(method: ApiMethod, path: string, body?: unknown): Promise<unknown>;
  /** A file that the API answers, piece by piece. @throws {TachoError} as `request` does, before the first piece. */
  download(path: string): Promise<AsyncIterable<Uint8Array>>;
  /** The URL of the server. @throws {TachoError} unavailable, where the data was opened without one. */
  serverUrl(): Promise<string>;
  close(): Promise<void>;
}

interface Transport {
  /** null where the data is open in this process. */
  readonly url: string | null;
  /** What to tell people; another than `url` where programs of this machine have a way of their own. */
  readonly publicUrl: string | null;
  send(method: ApiMethod, path: string, body: unknown): Promise<{ readonly status: number; readonly text: string }>;
  download(path: string): Promise<{ readonly status: number; readonly body: AsyncIterable<Uint8Array> }>;
  close(): Promise<void>;
}

/** The options by which a command finds the API. */
export function addConnectionOptions(command: Command): Command {
  return command
    .optionsGroup('Where:')
    .option('-d, --data <DIR>', 'data directory [TACHO_DATA] (default: ~/.tachograph)')
    .option('--url <URL>', 'a server elsewhere, instead of a data directory here [TACHO_URL]')
    .option('--token-file <FILE>', "file with an API token, - for standard input; the data directory's own where none is given")
    .option('--token <TOKEN>', 'an API token; other users of this machine can see it: prefer --token-file or TACHO_TOKEN')
    .option('--allow-plain-http', 'permit http to another machine: the token travels in the clear [TACHO_ALLOW_PLAIN_HTTP]')
    .optionsGroup('Options:');
}

export interface ConnectOptions {
  readonly clock?: Clock;
  /** Says something to a person while the answer is awaited. */
  readonly note?: (line: string) => void;
}

function noteToPerson(line: string): void {
  process.stderr.write(line);
}

/** --url or TACHO_URL, else the running server of the data directory, else the data itself. */
export function connect(
  flags: ConnectionFlags,
  env: NodeJS.ProcessEnv,
  { clock = systemClock, note = noteToPerson }: ConnectOptions = {},
): Connection {
  let opening: Promise<Transport> | undefined;
  const transport = (): Promise<Transport> => (opening ??= openTransport(flags, env, { clock, note }));
  return {
    request: async (method, path, body) => {
      const { url, send } = await transport();
      const { status, text } = await send(method, path, body);
      if (isGood(status)) return readAnswer(text, url);
      throw refusalOf(status, text, url);
    },
    download: async (path) => {
      const { url, download } = await transport();
      const { status, body } = await download(path);
      if (isGood(status)) return body;
      throw refusalOf(status, await textOf(body), url);
    },
    serverUrl: async () => {
      const data = dataOf(flags, env);
      // Nothing announced: the data need not be opened to learn that no server runs on it.
      const announced = flags.url !== undefined || given(env.TACHO_URL) !== undefined || readServerFile(data) !== null;
      const url = announced ? (await transport()).publicUrl : null;
      if (url === null) throw noServer(data);
      return url;
    },
    close: async () => {
      // What could not be opened was said where it was asked for.
      await (await opening?.catch(() => undefined))?.close();
    },
  };
}

async function openTransport(flags: ConnectionFlags, env: NodeJS.ProcessEnv, { clock, note }: Required<ConnectOptions>): Promise<Transport> {
  const data = dataOf(flags, env);
  const url = flags.url ?? given(env.TACHO_URL);
  if (url !== undefined) {
    const allowPlainHttp = flags.allowPlainHttp === true || ['1', 'true', 'yes', 'on'].includes(env.TACHO_ALLOW_PLAIN_HTTP?.toLowerCase() ?? '');
    const base = parseServerUrl(url, { allowPlainHttp });
    // The token of this machine's data is for its own server: another one must not learn it unasked.
    const own = flags.data !== undefined || [readServerFile(data)?.url, readServerFile(data)?.publicUrl].includes(base.origin);
    return remote(base.href.replace(/\/$/, ''), tokenOf(flags, env, own ? data : null));
  }
  if (!existsSync(join(data, 'server.lock'))) throw noServer(data, ', and there is no data there');
  let directory: DataDirectory;
  try {
    directory = await awaitDataDirectory(data, {
      clock,
      onWait: (holder, mostMs) =>
        note(`${data} is in use${holder === null ? '' : ` by process ${holder}`}: waiting for it, ${mostMs / 1000} s at most\n`),
    });
  } catch (error) {
    const running = error instanceof TachoError && error.code === 'conflict' ? readServerFile(data) : null;
    if (running === null) throw error;
    return { ...remote(running.url, tokenOf(flags, env, data)), publicUrl: running.publicUrl };
  }
  return openData(directory, env);
}

async function openData(directory: DataDirectory, env: NodeJS.ProcessEnv): Promise<Transport> {
  // Loaded here, because the stores take longer to load than a running server to answer.
  const [{ openInProcess }, { readSettings }] = await Promise.all([import('../server/in-process.ts'), import('../server/settings.ts')]);
  let settings;
  try {
    settings = readSettings({ env, flags: { data: directory.path } });
  } catch (error) {
    directory.release();
    throw error;
  }
  // What the engines make belongs to the owner alone, as the directory does; what the command writes later does not.
  const before = process.umask(0o077);
  const restore = (): void => void process.umask(before);
  try {
    const api = await openInProcess(settings, directory, { logger: openLog({ level: 'error', file: null }), version: packageVersion() });
    return {
      url: null,
      publicUrl: null,
      send: (method, path, body) => api.request(method, path, body),
      download: (path) => api.download(path),
      close: () => api.close().finally(restore),
    };
  } catch (error) {
    restore();
    throw error;
  }
}

function remote(url: string, token: string | null): Transport {
  const authorization = token === null ? {} : { authorization: `Bearer ${token}` };
  return {
    url,
    publicUrl: url,
    send: async (method, path, body) => {
      try {
        const response = await fetch(`${url}${path}`, {
          method,
          headers: { ...authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        return { status: response.status, text: await response.text() };
      } catch (error) {
        throw noAnswer(url, error);
      }
    },
    download: async (path) => {
      try {
        const { status, body } = await fetch(`${url}${path}`, { headers: authorization });
        return { status, body: whole(body, url) };
      } catch (error) {
        throw noAnswer(url, error);
      }
    },
    close: () => Promise.resolve(),
  };
}

/** What arrives, to its end: a connection that breaks off is no end. */
async function* whole(body: AsyncIterable<Uint8Array> | null, url: string): AsyncGenerator<Uint8Array> {
  try {
    yield* body ?? [];
  } catch (error) {
    throw new TachoError('unavailable', `${url} broke off before the end; its log has the cause`, { cause: error });
  }
}

function noAnswer(url: string, error: unknown): TachoError {
  const cause = causeOf(error);
  const next = /CERT|SELF_SIGNED|ISSUER|ALTNAME/.test(cause)
    ? 'its certificate is not trusted here: NODE_EXTRA_CA_CERTS names the file of an authority of your own'
    : 'is the server running?';
  return new TachoError('unavailable', `no answer from ${url}: ${next} (${cause})`, { cause: error });
}

function dataOf(flags: ConnectionFlags, env: NodeJS.ProcessEnv): string {
  return flags.data ?? given(env.TACHO_DATA) ?? join(homedir(), '.tachograph');
}

/** The token to show, or null for none: some questions need none. */
function tokenOf(flags: ConnectionFlags, env: NodeJS.ProcessEnv, data: string | null): string | null {
  if (flags.token !== undefined) return checkedToken(flags.token, '--token');
  if (flags.tokenFile !== undefined) return checkedToken(readToken(flags.tokenFile), flags.tokenFile === '-' ? 'standard input' : flags.tokenFile);
  const variable = given(env.TACHO_TOKEN);
  if (variable !== undefined) return checkedToken(variable, 'TACHO_TOKEN');
  const file = data === null ? null : join(data, 'token');
  return file !== null && existsSync(file) ? checkedToken(readToken(file), file) : null;
}

function readToken(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new TachoError('invalid_request', `cannot read the token: ${(error as Error).message}`, { cause: error });
  }
}

/** A header takes no line end and nothing beyond ASCII; the message does not repeat what may be a secret. */
function checkedToken(text: string, where: string): string {
  const token = text.trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new TachoError('invalid_request', `no token in ${where}: expected one word, such as tacho_t_...`);
}

function noServer(data: string, more = ''): TachoError {
  return new TachoError('unavailable', `no server is running on ${data}${more}: start one with tacho server, or name it with --data or --url`);
}

function isGood(status: number): boolean {
  return status >= 200 && status < 300;
}

/** What the API answered, where it is an error. */
function refusalOf(status: number, text: string, url: string | null): TachoError {
  const parsed = errorBody.safeParse(safeJson(text));
  if (!parsed.success) {
    return new TachoError('internal', `${url ?? 'the data'} answered ${status} and no error of Tachograph: is it another program?`);
  }
  const { code, message, details } = parsed.data.error;
  return new TachoError(code, message, { details });
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

function readAnswer(text: string, url: string | null): unknown {
  if (text === '') return null;
  const value = safeJson(text);
  if (value !== undefined) return value;
  throw new TachoError('internal', `${url ?? 'the data'} answered something other than JSON: is it another program?`);
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** A variable that is set to nothing is not set. */
function given(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

function causeOf(error: unknown): string {
  const { cause, message } = error as { cause?: { code?: string; message?: string }; message?: string };
  return cause?.code ?? cause?.message ?? message ?? String(error);
}
