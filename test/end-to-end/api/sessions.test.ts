import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type Answer, type TestServer } from '../../support/server.ts';

const run = promisify(execFile);
const launcher = resolve(import.meta.dirname, '../../../bin/tacho.js');

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => server.close());

const newLink = async (): Promise<string> => (await server.request('POST', '/api/login-links')).json.link as string;
const redeem = (link: string, headers: Record<string, string> = {}): Promise<Answer> =>
  server.request('POST', '/api/session', { token: null, json: { link }, headers });
const outcome = ({ status, json }: Answer): [number, string] => [status, json.error?.code as string];

describe('a login link', () => {
  test('of the first start signs in once', async () => {
    const [page = '', link = ''] = server.loginUrl.split('#');
    expect(page).toBe(`${server.url}/login`);
    expect((await redeem(link)).status).toBe(200);
    expect(outcome(await redeem(link))).toEqual([410, 'gone']);
  });

  test('opens one session though it is followed twice at once', async () => {
    const link = await newLink();
    const answers = await Promise.all([redeem(link), redeem(link), redeem(link)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 410, 410]);
  });

  test('is good for a quarter of an hour', async () => {
    const link = await newLink();
    server.clock.pass(15 * 60_000);
    expect(outcome(await redeem(link))).toEqual([410, 'gone']);
  });

  test('is no token', async () => {
    expect(outcome(await server.request('GET', '/api/agents', { token: await newLink() }))).toEqual([401, 'unauthenticated']);
  });

  test('is made by the command line of a running server', async () => {
    const env = { PATH: process.env['PATH'], HOME: server.data };
    const { stdout } = await run(process.execPath, [launcher, 'login-link', '--data', server.data, '--json'], { env });
    const { url } = JSON.parse(stdout) as { url: string };
    expect(url.startsWith(`${server.url}/login#tacho_l_`)).toBe(true);
    expect((await redeem(url.split('#')[1] ?? '')).status).toBe(200);
  });

  test('cannot be made where no server runs, and the command says so', async () => {
    const failed = await run(process.execPath, [launcher, 'login-link', '--data', `${server.data}/none`]).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 1, stdout: '' });
    expect((failed as { stderr: string }).stderr).toMatch(/^tacho: no server is running on .+\n$/);
  });
});

describe('a session', () => {
  test('is a cookie that scripts and other sites cannot use', async () => {
    const answer = await redeem(await newLink());
    const [cookie = ''] = answer.headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/^tacho_session=tacho_s_[A-Za-z0-9_-]{43}; /);
    expect(cookie.split('; ').slice(1).sort()).toEqual(['HttpOnly', 'Max-Age=43200', 'Path=/', 'SameSite=Strict']);
    expect(answer.text).not.toContain('tacho_s_');
  });

  test('may do what an administrator may, from the page itself', async () => {
    const cookie = await server.signIn();
    const session = await server.request('GET', '/api/session', { token: null, cookie });
    expect(session.json).toMatchObject({ scopes: expect.arrayContaining(['read', 'write', 'admin']), expires_at: expect.any(String) });
    const made = await server.request('POST', '/api/destinations', {
      token: null,
      cookie,
      json: { name: 'by-session' },
      headers: { origin: server.url, 'sec-fetch-site': 'same-origin' },
    });
    expect(made.status).toBe(201);
  });

  test.each<[string, Record<string, string>]>([
    ['another site', { origin: 'https://evil.example' }],
    ['another port of this host', { origin: 'http://127.0.0.1:1' }],
    ['a sandboxed page', { origin: 'null' }],
    ['nowhere', {}],
    ['another site that says otherwise', { 'sec-fetch-site': 'cross-site' }],
  ])('changes nothing for a request from %s', async (_title, headers) => {
    const cookie = await server.signIn();
    const name = 'forged';
    expect(outcome(await server.request('POST', '/api/destinations', { token: null, cookie, json: { name }, headers }))).toEqual([403, 'bad_origin']);
    expect((await server.request('GET', `/api/destinations/${name}`)).status).toBe(404);
  });

  test('ends at once when signed out, and the cookie is taken back', async () => {
    const cookie = await server.signIn();
    const out = await server.request('DELETE', '/api/session', { token: null, cookie, headers: { origin: server.url } });
    expect(out.status).toBe(204);
    expect(out.headers['set-cookie']?.[0]).toMatch(/^tacho_session=; .*Max-Age=0/);
    expect(outcome(await server.request('GET', '/api/session', { token: null, cookie }))).toEqual([401, 'unauthenticated']);
  });

  test('ends after twelve hours', async () => {
    const cookie = await server.signIn();
    server.clock.pass(12 * 3_600_000);
    expect(outcome(await server.request('GET', '/api/session', { token: null, cookie }))).toEqual([401, 'unauthenticated']);
  });

  test('that is made up is refused, though the request would be public otherwise', async () => {
    const cookie = `tacho_session=tacho_s_${'E'.repeat(43)}`;
    expect(outcome(await server.request('GET', '/api/agents', { token: null, cookie }))).toEqual([401, 'unauthenticated']);
    expect((await server.request('GET', '/api/health', { token: null, cookie })).status).toBe(200);
  });

  test('does not stand in for a token that is wrong', async () => {
    const cookie = await server.signIn();
    expect(outcome(await server.request('GET', '/api/agents', { token: 'wrong', cookie }))).toEqual([401, 'unauthenticated']);
  });
});
