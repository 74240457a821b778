import { createContext, use, useEffect, useSyncExternalStore, type ReactNode } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { applyMessage } from './apply-message.ts';
import { Invalidator } from './invalidator.ts';
import type { LiveSocket, LiveState } from './live-socket.ts';
import { after } from './timer.ts';

const LiveContext = createContext<LiveSocket | null>(null);

interface LiveProviderProps {
  readonly socket: LiveSocket;
  readonly onOver: () => void;
  readonly children: ReactNode;
}

/** Keeps the live connection open while it is mounted, and writes what arrives into the cache. */
export function LiveProvider({ socket, onOver, children }: LiveProviderProps) {
  const cache = useQueryClient();
  useEffect(() => {
    const invalidator = new Invalidator({ invalidate: (queryKey) => void cache.invalidateQueries({ queryKey }), after });
    let wasStale = false;
    const stopMessages = socket.onMessage((message) => {
      // What changed while nobody listened was not said: ask for everything again.
      if (message.type === 'hello' && wasStale) void cache.invalidateQueries();
      if (message.type === 'hello') wasStale = false;
      invalidator.add(applyMessage(cache, message));
    });
    const stopState = socket.onState(() => {
      if (socket.state.status === 'reconnecting') wasStale = true;
      if (socket.state.status === 'over') onOver();
    });
    const wake = (): void => {
      if (document.visibilityState === 'visible') socket.checkNow();
    };
    window.addEventListener('online', wake);
    window.addEventListener('offline', wake);
    document.addEventListener('visibilitychange', wake);
    socket.start();
    return () => {
      window.removeEventListener('online', wake);
      window.removeEventListener('offline', wake);
      document.removeEventListener('visibilitychange', wake);
      stopMessages();
      stopState();
      invalidator.stop();
      socket.stop();
    };
  }, [socket, cache, onOver]);
  return <LiveContext value={socket}>{children}</LiveContext>;
}

function useSocket(): LiveSocket {
  const socket = use(LiveContext);
  if (socket === null) throw new Error('useLive outside LiveProvider');
  return socket;
}

export function useLive(): { state: LiveState; retryNow: () => void } {
  const socket = useSocket();
  const state = useSyncExternalStore(
    (listener) => socket.onState(listener),
    () => socket.state,
  );
  return {
    state,
    retryNow: () => {
      socket.retryNow();
    },
  };
}
