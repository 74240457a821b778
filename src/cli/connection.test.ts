import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tacho } from '../../test/support/command-line.ts';
import { startTestServer, type TestServer } from '../../test/support/server.ts';
import { openDataDirectory } from '../server/data-directory.ts';

let folder = '';
let undo: (() => Promise<unknown>)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tacho-connection-'));
});
afterEach(async () => {
  for (const step of undo.reverse()) await step();
  undo = [];
  rmSync(folder, { recursive: true, force: true });
});

/** A server of somebody else that writes down what it is told. */
async function stranger(answer = '{"items":[],"next":null}', status = 200): Promise<{ url: string; heard: IncomingHttpHeaders[] }> {
  const heard: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    heard.push(request.headers);
    response.statusCode = status;
    response.end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undo.push(() => new Promise((resolve) => server.close(resolve)));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heard };
}

async function startServer(): Promise<TestServer> {
  const server = await startTestServer();
  undo.push(() => server.close());
  return server;
}

/** A data directory as a server leaves it that was killed. */
function abandoned(url: string): string {
  const data = join(folder, 'abandoned');
  mkdirSync(data);
  openDataDirectory(data).release();
  writeFileSync(join(data, 'server.json'), JSON.stringify({ url, pid: process.pid, version: '0' }));
  writeFileSync(join(data, 'token'), 'tacho_t_secret\n');
  return data;
}

describe('a command', () => {
  test('makes no data where there is none', async () => {
    const data = join(folder, 'typo');
    expect(await tacho(['agents', 'list', '--data', data])).toEqual({
      code: 1,
      out: '',
      err: `tacho: no server is running on ${data}, and there is no data there: start one with tacho server, or name it with --data or --url\n`,
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('shows its token to nobody who took the port of a server that was killed', async () => {
    const { url, heard } = await stranger();
    const data = abandoned(url);
    expect(await tacho(['destinations', 'list', '--data', data])).toMatchObject({ code: 0 });
    expect(await tacho(['destinations', 'list'], { env: { TACHO_DATA: data } })).toMatchObject({ code: 0 });
    expect(heard).toEqual([]);
  });

  test("shows the data directory's token to no other server than its own, unless that is said", async () => {
    const { url, heard } = await stranger();
    const data = abandoned('http://127.0.0.1:1');
    await tacho(['destinations', 'list', '--url', url], { env: { TACHO_DATA: data } });
    expect(heard.map(({ authorization }) => authorization)).toEqual([undefined]);
    await tacho(['destinations', 'list', '--url', url, '--data', data]);
    expect(heard.at(-1)?.authorization).toBe('Bearer tacho_t_secret');
    const server = await startServer();
    expect(await tacho(['destinations', 'list', '--url', server.url], { env: { TACHO_DATA: server.data } })).toMatchObject({ code: 0 });
  });

  test('takes a token from a file, from the environment, or from its argument, in that order of care', async () => {
    const { url, heard } = await stranger();
    const file = join(folder, 'token');
    writeFileSync(file, 'from-file\n');
    const ask = async (...args: string[]): Promise<string | undefined> => {
      await tacho(['agents', 'list', '--url', url, ...args], { env: { TACHO_TOKEN: 'from-environment' } });
      return heard.at(-1)?.authorization;
    };
    expect(await ask()).toBe('Bearer from-environment');
    expect(await ask('--token-file', file)).toBe('Bearer from-file');
    expect(await ask('--token', 'from-argument')).toBe('Bearer from-argument');
  });

  test('sends no token in the clear to another machine', async () => {
    const { code, err } = await tacho(['agents', 'list', '--url', 'http://tacho.example.org'], { env: { TACHO_TOKEN: 'x' } });
    expect(code).toBe(2);
    expect(err).toMatch(/^tacho: refused plain http to tacho\.example\.org: .*--allow-plain-http permits it\n$/);
  });

  test('without a token says how to give one', async () => {
    const server = await startServer();
    expect(await tacho(['agents', 'list', '--url', server.url], { env: { TACHO_DATA: folder } })).toEqual({
      code: 1,
      out: '',
      err:
        'tacho: no token: expected the header Authorization: Bearer <token>, or a session; ' +
        'give a token by TACHO_TOKEN or --token-file; tacho tokens add makes one on the server\n',
    });
  });

  test('waits for another that has the data open', async () => {
    const data = abandoned('http://127.0.0.1:1');
    const runs = await Promise.all(['one', 'two', 'three'].map((name) => tacho(['destinations', 'add', name, '--data', data])));
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
    // Those that had to wait said so at once, and nothing else.
    const waits = runs.map(({ err }) => err).filter((err) => err !== '');
    expect(waits.length).toBeLessThan(3);
    for (const err of waits) expect(err).toMatch(/ is in use( by process \d+)?: waiting for it, 10 s at most\n$/);
    expect(JSON.parse((await tacho(['destinations', 'list', '--data', data, '--json'])).out)).toMatchObject({ items: { length: 3 } });
  });

  test.each([
    [
      'nobody answers',
      () => Promise.resolve('http://127.0.0.1:1'),
      /^tacho: no answer from http:\/\/127\.0\.0\.1:1: is the server running\? \(.+\)\n$/,
    ],
    [
      'something else answers',
      async () => (await stranger('<html>')).url,
      /^tacho: http:\S+ answered something other than JSON: is it another program\?\n$/,
    ],
    [
      'the answer is of another form',
      async () => (await stranger('{"agents":[]}')).url,
      /^tacho: the server answered something this program does not know: .+\n$/,
    ],
  ])('says in one line that %s', async (_what, where, message) => {
    const { code, out, err } = await tacho(['agents', 'list', '--url', await where()]);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(message);
  });

  test.each([
    [['status'], "tacho: unknown command 'status' (Did you mean health?); --help after a command shows what it takes\n"],
    [['agents', 'lst'], "tacho: unknown command 'lst' (Did you mean list?); --help after a command shows what it takes\n"],
    [['agents', 'show'], "tacho: missing required argument 'agent'; --help after a command shows what it takes\n"],
    [['completion', 'tcsh'], 'tacho: invalid shell: expected one of bash, zsh, fish, got "tcsh"; --help after a command shows what it takes\n'],
    [['report', '--format', 'pdf'], 'tacho: invalid --format: expected one of text, json, got "pdf"; --help after a command shows what it takes\n'],
    [['agents', 'list', '--nonsense'], "tacho: unknown option '--nonsense'; --help after a command shows what it takes\n"],
  ])('that is mistyped (%j) ends with 2 and one line', async (args, err) => {
    expect(await tacho(args)).toEqual({ code: 2, out: '', err });
  });

  test("whatever an answer's error holds, the terminal's cursor stays where it is", async () => {
    const message = 'evil\u001b[2J\u009b1A\nsecond line';
    const { url } = await stranger(JSON.stringify({ error: { code: 'not_found', message } }), 404);
    const { err } = await tacho(['agents', 'show', 'x', '--url', url], { terminal: true });
    expect(err).toBe('tacho: evil?[2J?1A?second line; tacho agents list shows what there is\n');
  });
});
