import { createContext, use } from 'react';
import type { ApiClient } from './api/client.ts';
import type { ApiQueries } from './api/queries.ts';
import type { LiveSocket } from './live/live-socket.ts';
import type { Messages } from './notices/messages.ts';
import type { Removals } from './notices/removals.ts';

/** What the pages work with; built once in main. */
export interface Services {
  readonly client: ApiClient;
  readonly queries: ApiQueries;
  readonly live: LiveSocket;
  readonly removals: Removals;
  readonly messages: Messages;
}

export const ServicesContext = createContext<Services | null>(null);

export function useServices(): Services {
  const services = use(ServicesContext);
  if (services === null) throw new Error('useServices outside ServicesContext');
  return services;
}
