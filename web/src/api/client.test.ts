import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { ApiClient } from './client.ts';
import { ApiError } from './api-error.ts';

function answering(status: number, body: string): { client: ApiClient; asked: { url: string; init: RequestInit }[] } {
  const asked: { url: string; init: RequestInit }[] = [];
  const client = new ApiClient((url, init) => {
    asked.push({ url, init });
    return Promise.resolve(new Response(body, { status }));
  });
  return { client, asked };
}

const shape = z.object({ n: z.number() });

describe('the API client', () => {
  test('answers what fits the schema, and leaves out parameters that are undefined', async () => {
    const { client, asked } = answering(200, '{"n":1}');
    await expect(client.ask('/api/x', shape, { query: { a: 'b c', no: undefined, limit: 5 } })).resolves.toEqual({ n: 1 });
    expect(asked[0]?.url).toBe('/api/x?a=b+c&limit=5');
  });

  test("throws the API's own message", async () => {
    const { client } = answering(410, '{"error":{"code":"gone","message":"the link was used"}}');
    const error = await client.ask('/api/session', shape, { method: 'POST', body: {} }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ code: 'gone', status: 410, message: 'the link was used', sessionOver: false });
  });

  test('knows that the session is over', async () => {
    const { client } = answering(401, '{"error":{"code":"unauthenticated","message":"no session"}}');
    await expect(client.tell('/api/agents')).rejects.toMatchObject({ sessionOver: true });
  });

  test('says so when a refusal has no explanation, as from a proxy', async () => {
    const { client } = answering(502, '<html>Bad Gateway</html>');
    await expect(client.tell('/api/agents')).rejects.toMatchObject({
      code: 'not_understood',
      message: 'the server answered with status 502 and no explanation',
    });
  });

  test('refuses an answer of another shape', async () => {
    const { client } = answering(200, '{"n":"one"}');
    await expect(client.ask('/api/x', shape)).rejects.toMatchObject({ code: 'not_understood' });
  });

  test('says that the server cannot be reached', async () => {
    const client = new ApiClient(() => Promise.reject(new TypeError('Failed to fetch')));
    await expect(client.tell('/api/agents')).rejects.toMatchObject({ code: 'unreachable', status: null });
  });

  test('passes on an abort of the caller as it is', async () => {
    const aborted = AbortSignal.abort();
    const client = new ApiClient((_, init) => Promise.reject(init.signal?.reason as Error));
    await expect(client.tell('/api/agents', { signal: aborted })).rejects.toBe(aborted.reason);
  });
});
