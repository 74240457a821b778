import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A port that stands for a server: what is cut here is cut for whoever uses it. */
export interface Relay extends AsyncDisposable {
  readonly url: string;
  /** Connections passed on so far. */
  readonly connections: number;
  /** Connections refused since the cut. */
  readonly refused: number;
  /** Breaks every connection, and each new one at once. */
  cut(): void;
  restore(): void;
}

/** Passes connections on to a port of this machine. */
export async function startRelay(port: number): Promise<Relay> {
  const open = new Set<Socket>();
  let away = false;
  let [connections, refused] = [0, 0];
  const relay = createServer((client) => {
    client.on('error', () => undefined);
    if (away) {
      refused += 1;
      client.destroy();
      return;
    }
    connections += 1;
    const server = connect(port, '127.0.0.1');
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      open.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  const breakAll = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${(relay.address() as AddressInfo).port}`,
    get connections() {
      return connections;
    },
    get refused() {
      return refused;
    },
    cut: () => {
      away = true;
      refused = 0;
      breakAll();
    },
    restore: () => {
      away = false;
    },
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => relay.close(resolve));
      breakAll();
      await closed;
    },
  };
}
