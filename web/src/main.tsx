import './zod-without-eval.ts';
import '@fontsource-variable/inter/wght.css';
import '@mantine/core/styles.css';
import './theme/base.css';
import './theme/frame.css';
import './theme/panels.css';
import './theme/tables.css';
import './theme/lists.css';
import './theme/charts.css';
import './theme/forms.css';
import './theme/notices.css';
import { MantineProvider } from '@mantine/core';
import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { LIVE_PATH, topics } from '../../src/protocol/live.ts';
import { ApiError } from './api/api-error.ts';
import { ApiClient } from './api/client.ts';
import { apiQueries, queryKeys } from './api/queries.ts';
import { LiveSocket } from './live/live-socket.ts';
import { openSocket } from './live/open-socket.ts';
import { after } from './live/timer.ts';
import { Messages } from './notices/messages.ts';
import { Removals } from './notices/removals.ts';
import { createAppRouter } from './router.tsx';
import { ServicesContext } from './services.tsx';
import { resolver, theme } from './theme/theme.ts';

const client = new ApiClient((input, init) => fetch(input, init));
const queries = apiQueries(client, () => Date.now());
const cache = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      // Any answer may be the first to say that the session is over; the session's own question then leads out.
      const isSession = query.queryKey[0] === queryKeys.session[0];
      if (error instanceof ApiError && error.sessionOver && !isSession) void cache.invalidateQueries({ queryKey: queryKeys.session });
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // A refusal is final; what could not be reached is tried twice more.
      retry: (failures, error) => failures < 2 && error instanceof ApiError && error.code === 'unreachable',
    },
  },
});
const live = new LiveSocket({
  open: () => openSocket(new URL(`${LIVE_PATH}?topics=${topics.join()}`, window.location.href.replace(/^http/, 'ws'))),
  check: async (signal) => {
    try {
      await client.tell('/api/session', { signal });
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.sessionOver) return false;
      throw error;
    }
  },
  now: () => Date.now(),
  random: () => Math.random(),
  after,
});

const messages = new Messages(after);
const removals = new Removals({
  send: (path, { leaving, force }) =>
    client.tell(path, { method: 'DELETE', ...(force && { query: { force: 'true' } }), ...(leaving && { keepalive: true }) }),
  canForce: (error) => error instanceof ApiError && error.canForce,
  settled: async () => {
    await Promise.all([queryKeys.jobs, queryKeys.destinations, queryKeys.agents].map((queryKey) => cache.invalidateQueries({ queryKey })));
  },
  after,
});

const root = document.getElementById('root');
if (root === null) throw new Error('no #root in the page');
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={resolver} defaultColorScheme="auto">
      <QueryClientProvider client={cache}>
        <ServicesContext value={{ client, queries, live, removals, messages }}>
          <RouterProvider router={createAppRouter()} />
        </ServicesContext>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
