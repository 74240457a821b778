import type { Socket } from './live-socket.ts';

/** A browser's WebSocket in the shape the live connection uses. */
export function openSocket(url: URL): Socket {
  const browser = new WebSocket(url);
  const socket: Socket = {
    onmessage: null,
    onclose: null,
    close: () => {
      browser.close();
    },
  };
  browser.onmessage = (event) => socket.onmessage?.({ data: event.data as unknown });
  browser.onclose = (event) => socket.onclose?.({ code: event.code });
  return socket;
}
