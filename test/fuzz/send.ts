import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';

export interface SentRequest {
  readonly url: string;
  readonly method: string;
  /** As it goes over the line: nobody tidies it up. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
}

export interface ReceivedAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Far more than any answer takes on a busy machine; ends a run that would hang. */
const LONGEST_ANSWER_MS = 60_000;

export interface Client {
  /** Rejects where no whole answer came. */
  send(request: SentRequest): Promise<ReceivedAnswer>;
  close(): void;
}

/** One connection, kept, as long as the server keeps it. */
export function createClient(): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    send: ({ url, method, path, headers, body }) =>
      new Promise((resolve, reject) => {
        const { hostname, port } = new URL(url);
        const request = httpRequest(
          { hostname, port, method, path, agent, headers, timeout: LONGEST_ANSWER_MS, setDefaultHeaders: true },
          (response) => {
            const chunks: Buffer[] = [];
            response.on('data', (chunk: Buffer) => chunks.push(chunk));
            response.on('error', reject);
            response.on('end', () =>
              resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString('utf8') }),
            );
          },
        );
        request.on('timeout', () => request.destroy(new Error(`no answer within ${LONGEST_ANSWER_MS} ms`)));
        request.on('error', reject);
        request.end(body ?? undefined);
      }),
    close: () => agent.destroy(),
  };
}
