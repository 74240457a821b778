import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { LinkedAbort } from './linked-abort.ts';

export interface HttpPost {
  readonly url: URL;
  readonly bearer: string;
  readonly body: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly text: string;
}

/** Answers of the server are small; a longer one is not ours. */
const LARGEST_ANSWER = 4 * 1_048_576;

/** Posts over kept-alive connections. Built on node:http because fetch costs the agent several MB of memory. */
export class HttpClient {
  readonly #plain = new HttpAgent({ keepAlive: true, maxSockets: 2 });
  readonly #secure = new HttpsAgent({ keepAlive: true, maxSockets: 2 });

  /** Resolves with whatever the server answered; rejects where none came. */
  async post({ url, bearer, body, headers = {}, timeoutMs, signal }: HttpPost): Promise<HttpAnswer> {
    using limit = new LinkedAbort(signal);
    const timer = setTimeout(() => limit.abort(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    try {
      return await this.#post({ url, bearer, body, headers, timeoutMs, signal: limit.signal });
    } finally {
      clearTimeout(timer);
    }
  }

  async #post({ url, bearer, body, headers, signal }: HttpPost): Promise<HttpAnswer> {
    const secure = url.protocol === 'https:';
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = (secure ? httpsRequest : httpRequest)(url, {
        method: 'POST',
        agent: secure ? this.#secure : this.#plain,
        signal,
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          ...headers,
          authorization: `Bearer ${bearer}`,
          'content-length': body.byteLength,
        },
      });
      request.on('response', resolve);
      request.on('error', reject);
      request.end(body);
    });
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > LARGEST_ANSWER) throw new Error(`answer of ${url.pathname} is too large: expected at most ${LARGEST_ANSWER} bytes`);
      chunks.push(chunk);
    }
    return { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] ?? null, text: Buffer.concat(chunks).toString('utf8') };
  }

  close(): void {
    this.#plain.destroy();
    this.#secure.destroy();
  }
}

/** Milliseconds a Retry-After header asks to wait: seconds, or an HTTP date; null where it is absent or neither. */
export function retryAfterMs(header: string | null, now: number): number | null {
  if (header === null) return null;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
