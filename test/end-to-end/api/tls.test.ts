import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { readCertificate } from '../../../src/server/listeners.ts';
import { makeCertificate } from '../../support/certificate.ts';
import { startServerProgram, type ServerProgram } from '../../support/server-program.ts';

const root = mkdtempSync(join(tmpdir(), 'tacho-tls-'));
const file = (name: string): string => join(root, name);
const hour = 3_600_000;
const { cert, key } = makeCertificate({ names: ['127.0.0.1'], notBefore: new Date(Date.now() - hour), notAfter: new Date(Date.now() + hour) });
writeFileSync(file('cert.pem'), cert);
writeFileSync(file('key.pem'), key);
writeFileSync(
  file('tacho.yaml'),
  `tls:\n  cert: ${file('cert.pem')}\n  key: ${file('key.pem')}\nlocal_agent: true\ndefault_destinations: loopback\n`,
);

function get(url: string, headers: Record<string, string> = {}): Promise<{ status: number; text: string; cookie: string }> {
  return ask(url, { headers });
}
function ask(
  url: string,
  options: { method?: string; headers?: Record<string, string>; body?: string },
): Promise<{ status: number; text: string; cookie: string }> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(url, { ca: cert, agent: false, method: options.method ?? 'GET', headers: options.headers ?? {} }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text, cookie: response.headers['set-cookie']?.[0] ?? '' }));
    });
    request.on('error', reject);
    request.end(options.body);
  });
}

describe('a server with a certificate', () => {
  let server: ServerProgram;
  let url: string;
  beforeAll(async () => {
    server = startServerProgram({
      data: join(root, 'data'),
      args: ['--config', file('tacho.yaml')],
      env: { TACHO_LOCAL_AGENT: '', TACHO_DEFAULT_DESTINATIONS: '' },
    });
    url = await server.ready;
  });
  afterAll(async () => {
    server.kill('SIGTERM');
    await server.ended;
    rmSync(root, { recursive: true, force: true });
  });
  const token = (): string => readFileSync(join(root, 'data', 'token'), 'utf8').trim();

  test('speaks TLS where everybody reaches it, WebSockets included', async () => {
    expect(url).toMatch(/^https:\/\/127\.0\.0\.1:/);
    expect((await get(`${url}/api/health`)).status).toBe(200);
    const socket = new WebSocket(`${url.replace('https', 'wss')}/ws`, { ca: cert, headers: { authorization: `Bearer ${token()}` } });
    const first = await new Promise<string>((resolve, reject) => {
      socket.on('message', (data: Buffer) => resolve(data.toString()));
      socket.on('error', reject);
    });
    expect(JSON.parse(first)).toMatchObject({ type: 'hello' });
    socket.terminate();
  });

  test('lets this machine’s own agent in, and marks session cookies Secure', async () => {
    for (;;) {
      const { items } = JSON.parse((await get(`${url}/api/agents`, { authorization: `Bearer ${token()}` })).text) as { items: { state: string }[] };
      if (items.some(({ state }) => state === 'online')) break;
    }
    const { text } = await ask(`${url}/api/login-links`, { method: 'POST', headers: { authorization: `Bearer ${token()}` } });
    const { link } = JSON.parse(text) as { link: string };
    const signedIn = await ask(`${url}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ link }),
    });
    expect(signedIn.cookie).toContain('Secure');
  });
});

describe('a certificate that cannot be used', () => {
  test('is named with what is wrong', () => {
    expect(() => readCertificate({ tls_cert: 'x', tls_key: null })).toThrow('missing tls.key');
    expect(() => readCertificate({ tls_cert: '/nowhere.pem', tls_key: '/nowhere.pem' })).toThrow('cannot read tls.cert /nowhere.pem');
    const other = makeCertificate({ names: ['x'], notBefore: new Date(0), notAfter: new Date(Date.now() + hour) });
    const directory = mkdtempSync(join(tmpdir(), 'tacho-tls-'));
    writeFileSync(join(directory, 'cert.pem'), cert);
    writeFileSync(join(directory, 'key.pem'), other.key);
    expect(() => readCertificate({ tls_cert: join(directory, 'cert.pem'), tls_key: join(directory, 'key.pem') })).toThrow('cannot use');
    rmSync(directory, { recursive: true });
  });
});
