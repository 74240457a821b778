import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { errorBody, TachoError } from '../model/errors.ts';
import { readServerFile } from '../server/data-directory.ts';

export interface ConnectionFlags {
  readonly data?: string | undefined;
  readonly url?: string | undefined;
  readonly token?: string | undefined;
}

export interface Connection {
  readonly url: string;
  /** @throws {TachoError} as the server answered, or unavailable where it did not. */
  request(method: string, path: string, body?: unknown): Promise<unknown>;
}

/** The server a command talks to: --url or TACHO_URL, else the running server of the data directory. */
export function connect(flags: ConnectionFlags, env: NodeJS.ProcessEnv): Connection {
  const data = flags.data ?? env.TACHO_DATA ?? join(homedir(), '.tachograph');
  const url = flags.url ?? env.TACHO_URL ?? readServerFile(data)?.url;
  if (url === undefined) throw new TachoError('unavailable', `no server is running on ${data}: start one with tacho server, or name it with --url`);
  const tokenFile = join(data, 'token');
  const token = flags.token ?? env.TACHO_TOKEN ?? (existsSync(tokenFile) ? readFileSync(tokenFile, 'utf8').trim() : undefined);
  if (token === undefined) throw new TachoError('unauthenticated', `no token: expected TACHO_TOKEN, or the file ${tokenFile}`);
  return {
    url,
    request: async (method, path, body) => {
      let response: Response;
      try {
        response = await fetch(new URL(path, url), {
          method,
          headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
      } catch (error) {
        throw new TachoError('unavailable', `no answer from ${url}: is the server running? (${causeOf(error)})`, { cause: error });
      }
      const text = await response.text();
      if (response.ok) return text === '' ? null : (JSON.parse(text) as unknown);
      const parsed = errorBody.safeParse(safeJson(text));
      if (!parsed.success) throw new TachoError('internal', `${url} answered ${response.status} ${response.statusText}`);
      throw new TachoError(parsed.data.error.code, parsed.data.error.message, { details: parsed.data.error.details });
    },
  };
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function causeOf(error: unknown): string {
  const { cause, message } = error as { cause?: { code?: string; message?: string }; message?: string };
  return cause?.code ?? cause?.message ?? message ?? String(error);
}
