import { createReadStream } from 'node:fs';
import { TLSSocket } from 'node:tls';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { TachoError } from '../../../model/errors.ts';
import { AGENT_MANIFEST_PATH, AGENT_PROGRAM_PATH, AGENT_RUNTIME_PATH, INSTALL_SCRIPT_PATH } from '../../../protocol/agent-install.ts';
import type { AgentDownload } from '../../agent-download/agent-download.ts';
import { addressMatcher, trustedOrigin } from '../../agent-download/secure-way.ts';

export interface AgentDownloadRoutes {
  readonly download: AgentDownload;
  /** The server's address for everybody; null takes the one that the request was sent to. */
  readonly publicUrl: string | null;
  /** Proxies whose word counts that a request came over TLS. */
  readonly trustedProxies: readonly string[];
}

/**
 * The installer and what it downloads. Like the dashboard's files they hold nothing of this installation, so they need
 * no token and are no part of the API's document; but a machine runs them, so they go out only where nobody on the way
 * could have changed them.
 */
export function serveAgentDownload(app: FastifyInstance, { download, publicUrl, trustedProxies }: AgentDownloadRoutes): void {
  const isTrustedProxy = addressMatcher(trustedProxies);
  const serverUrlFor = ({ raw }: FastifyRequest): string => {
    const way = { encrypted: raw.socket instanceof TLSSocket, peer: raw.socket.remoteAddress ?? '', headers: raw.headers };
    const origin = trustedOrigin(way, isTrustedProxy);
    if (origin !== null) return publicUrl ?? origin;
    throw new TachoError(
      'forbidden',
      'the agent is handed out over TLS or on this machine itself only: give the server a certificate (tls_cert, tls_key), or name the proxy that speaks TLS for it in trusted_proxies and let that send X-Forwarded-Proto: https',
    );
  };
  app.get(AGENT_MANIFEST_PATH, (request, reply) => reply.header('cache-control', 'no-store').send(download.manifest(serverUrlFor(request))));
  app.get(INSTALL_SCRIPT_PATH, async (request, reply) => {
    const text = await download.script(serverUrlFor(request));
    return reply.header('cache-control', 'no-store').type('text/x-shellscript; charset=utf-8').send(text);
  });
  app.get(AGENT_PROGRAM_PATH, async (request, reply) => {
    serverUrlFor(request);
    return reply
      .header('cache-control', 'no-store')
      .type('text/javascript; charset=utf-8')
      .send(await download.program());
  });
  app.get<{ Params: { target: string } }>(`${AGENT_RUNTIME_PATH}/:target`, async (request, reply) => {
    serverUrlFor(request);
    const { path, bytes } = await download.runtime(request.params.target);
    return reply.headers({ 'cache-control': 'no-store', 'content-length': bytes }).type('application/gzip').send(createReadStream(path));
  });
}
