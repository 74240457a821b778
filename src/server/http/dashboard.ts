import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Serves the built dashboard; any path that is neither the API's nor a file's is the page itself. */
export async function serveDashboard(app: FastifyInstance, directory: string): Promise<void> {
  await app.register(fastifyStatic, {
    root: directory,
    wildcard: false,
    index: false,
    cacheControl: false,
    setHeaders: (reply, path) => {
      // Built files carry a hash of their content in their names; the page that names them must stay fresh.
      void reply.header('cache-control', path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  for (const page of ['/', '/login', '/destinations', '/destinations/*', '/agents', '/agents/*', '/jobs']) {
    app.get(page, (_request, reply) => reply.sendFile('index.html'));
  }
}

/** Whether a person's browser asks for a page that is not there: the dashboard says so itself, in its own form. */
export function isPageRequest({ method, url, headers }: FastifyRequest): boolean {
  return method === 'GET' && !url.startsWith('/api/') && (headers.accept ?? '').includes('text/html');
}
