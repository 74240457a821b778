import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { runCommandLine } from '../../src/cli/run-command-line.ts';
import { openDataDirectory } from '../../src/server/data-directory.ts';
import { openInProcess, type ApiMethod } from '../../src/server/in-process.ts';
import { readSettings } from '../../src/server/settings.ts';
import { openSqliteControlStore } from '../../src/store/control/open.ts';
import { systemClock } from '../../src/util/clock.ts';
import { startTestServer } from './server.ts';

/** What a command left behind. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Whether a person sees both outputs. */
  readonly terminal?: boolean;
}

/** Runs a command line in this process, with no environment but what is given. */
export async function tacho(args: readonly string[], { env = {}, terminal = false }: RunOptions = {}): Promise<Ran> {
  let [out, err, code] = ['', '', 0];
  await runCommandLine(args, {
    env,
    outIsTerminal: terminal,
    errIsTerminal: terminal,
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    exitWith: (given) => void (code = given),
  });
  return { code, out, err };
}

/** Where commands find the API, and what tests put there behind their back. */
export interface Place {
  readonly data: string;
  /** Runs a command on it. */
  tacho(...args: string[]): Promise<Ran>;
  /** The document that the command prints with --json. */
  // What a document holds is the very thing a test asks.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  json(...args: string[]): Promise<any>;
  request(method: ApiMethod, path: string, body?: unknown): Promise<unknown>;
  /** Makes an agent that never connects. */
  agent(name: string): Promise<void>;
  close(): Promise<void>;
}

/** Every place there is: the same commands must do the same on each. */
export const places: Readonly<Record<string, () => Promise<Place>>> = {
  'a running server': async () => {
    const server = await startTestServer();
    const request: Place['request'] = async (method, path, body) =>
      (await server.request(method, path, body === undefined ? {} : { json: body })).json as unknown;
    return {
      ...placeOn(server.data, request),
      agent: async (name) => {
        await server.agent(name);
      },
      close: () => server.close(),
    };
  },
  'data on which no server runs': async () => {
    const data = mkdtempSync(join(tmpdir(), 'tacho-offline-'));
    const logger = pino({ level: 'silent' });
    const request: Place['request'] = async (method, path, body) => {
      const api = await openInProcess(readSettings({ flags: { data } }), openDataDirectory(data), { logger, version: '0.0.0-test' });
      try {
        return JSON.parse((await api.request(method, path, body)).text || 'null') as unknown;
      } finally {
        await api.close();
      }
    };
    await request('GET', '/api/health');
    return {
      ...placeOn(data, request),
      agent: async (name) => {
        const control = await openSqliteControlStore({ path: join(data, 'control.sqlite'), clock: systemClock });
        await control.agents.create({ name, labels: {}, external: false });
        await control.close();
      },
      close: async () => rmSync(data, { recursive: true, force: true }),
    };
  },
};

function placeOn(data: string, request: Place['request']): Pick<Place, 'data' | 'tacho' | 'json' | 'request'> {
  const run = (...args: string[]): Promise<Ran> => tacho([...args, '--data', data]);
  return {
    data,
    request,
    tacho: run,
    json: async (...args) => {
      const { out, err, code } = await run(...args, '--json');
      if (code !== 0) throw new Error(`exit ${code}: ${err}`);
      return JSON.parse(out) as unknown;
    },
  };
}
