import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type Answer, type TestServer } from '../../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => server.close());

const signIn = (password: string): Promise<Answer> => server.request('POST', '/api/session', { token: null, json: { password } });
const cookieOf = ({ headers }: Answer): string => headers['set-cookie']?.[0]?.split(';', 1)[0] ?? '';
const offered = async (): Promise<boolean> => (await server.request('GET', '/api/sign-in', { token: null })).json.password as boolean;

describe('a password', () => {
  test('signs in once it is set, beside links, and not after it was taken away', async () => {
    expect(await offered()).toBe(false);
    expect((await server.request('PUT', '/api/password', { json: { password: 'correct horse battery' } })).status).toBe(204);
    expect(await offered()).toBe(true);
    const cookie = cookieOf(await signIn('correct horse battery'));
    expect((await server.request('GET', '/api/agents', { token: null, cookie })).status).toBe(200);
    server = await server.restart();
    expect((await signIn('correct horse battery')).status).toBe(200);
    await server.request('DELETE', '/api/password');
    expect(await offered()).toBe(false);
    expect((await signIn('correct horse battery')).status).toBe(409);
  });

  test('that is changed, or signing out everywhere, ends every session', async () => {
    const alive = async (cookie: string): Promise<number> => (await server.request('GET', '/api/agents', { token: null, cookie })).status;
    const first = await server.signIn();
    await server.request('PUT', '/api/password', { json: { password: 'another horse battery' } });
    expect(await alive(first)).toBe(401);
    const second = cookieOf(await signIn('another horse battery'));
    expect(await alive(second)).toBe(200);
    await server.request('DELETE', '/api/sessions');
    expect(await alive(second)).toBe(401);
  });

  test('that is guessed wrong again and again is not judged any more for a while', async () => {
    // Forgets the failures of the tests before.
    server = await server.restart();
    await server.request('PUT', '/api/password', { json: { password: 'the right password' } });
    // Ten are judged at once, then one each six seconds: on a slow machine a few more get through.
    const answers: number[] = [];
    while (answers.at(-1) !== 429 && answers.length < 40) answers.push((await signIn(`guess number ${answers.length}`)).status);
    expect(answers.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401));
    expect(answers.at(-1)).toBe(429);
  });
});
