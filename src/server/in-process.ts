import type { Principal } from './auth/authenticator.ts';
import { withImplied } from './auth/scopes.ts';
import type { DataDirectory } from './data-directory.ts';
import { assemble, type ServerOptions } from './server.ts';
import type { Settings } from './settings.ts';
import { createUndo } from './undo.ts';
import { systemClock } from '../util/clock.ts';

/** The server's API without a server: nothing listens, no agent is started. */
export interface InProcessApi {
  request(method: ApiMethod, path: string, body?: unknown): Promise<{ readonly status: number; readonly text: string }>;
  /** The same for an answer that is no JSON, or too long to hold. */
  download(path: string): Promise<{ readonly status: number; readonly body: AsyncIterable<Uint8Array> }>;
  /** Closes the stores and lets go of the data directory. */
  close(): Promise<void>;
}

export type ApiMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Who holds a data directory's lock may do anything to it. */
const owner: Principal = { kind: 'owner', name: 'owner of the data', scopes: withImplied(['admin']) };

/** The API over data on which no server runs. Takes over the directory, and releases it also where opening fails. */
export async function openInProcess(
  settings: Settings,
  directory: DataDirectory,
  { logger, version, clock = systemClock }: ServerOptions,
): Promise<InProcessApi> {
  const undo = createUndo();
  undo.push(() => directory.release());
  try {
    const { app, coordinator, hub } = await assemble(settings, { directory, undo, principal: owner, logger, version, clock });
    undo.push(() => coordinator.close());
    undo.push(() => hub.close());
    undo.push(() => app.close());
    return {
      request: async (method, path, body) => {
        const answer = await app.inject({
          method,
          url: path,
          ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, payload: JSON.stringify(body) }),
        });
        return { status: answer.statusCode, text: answer.body };
      },
      download: async (path) => {
        const answer = await app.inject({ method: 'GET', url: path, payloadAsStream: true });
        return { status: answer.statusCode, body: answer.stream() };
      },
      close: () => undo.run(),
    };
  } catch (error) {
    await undo.run();
    throw error;
  }
}
