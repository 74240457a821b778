import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ENROL_PATH } from '../../src/protocol/messages.ts';
import { startAgentProgram } from '../support/agent-program.ts';
import { Api } from '../support/api.ts';
import { until, type Program } from '../support/program.ts';
import { startServerProgram, tokenOf } from '../support/server-program.ts';

/** Passes requests on to a server, and hangs up on the first so many enrolments once the server has answered them. */
async function loseAnswers(to: string, count: number): Promise<{ url: string; proxy: Server; lost: () => number }> {
  let lost = 0;
  const proxy = createServer((incoming, outgoing) => {
    const passing = request(new URL(incoming.url ?? '/', to), { method: incoming.method, headers: incoming.headers, agent: false }, (answer) => {
      if (incoming.url === ENROL_PATH && lost < count) {
        lost += 1;
        answer.resume();
        incoming.socket.destroy();
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    passing.on('error', () => incoming.socket.destroy());
    incoming.pipe(passing);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, proxy, lost: () => lost };
}

test.each([
  ['asks again', false],
  ['is killed and started again', true],
])('an agent that never hears that it was enrolled, and %s, is one agent by one use of its token', { timeout: 60_000 }, async (_, killed) => {
  const directory = await mkdtemp(join(tmpdir(), 'tacho-enrol-'));
  const data = join(directory, 'server');
  const dir = join(directory, 'agent');
  const server = startServerProgram({ data, port: 0 });
  let agent: Program | null = null;
  let proxy: Server | null = null;
  try {
    const url = await server.ready;
    const api = new Api(url, tokenOf(data));
    const { token } = await api.created('/api/enrollment-tokens', { name: 'once', max_uses: 1 });
    const between = await loseAnswers(url, 1);
    proxy = between.proxy;
    const start = (): Program => startAgentProgram({ server: between.url, dir, name: 'edge', token });
    agent = start();
    await until('a lost answer', () => between.lost() === 1);
    if (killed) {
      await agent.end('SIGKILL');
      agent = start();
    }
    await until('an identity', () => existsSync(join(dir, 'identity.json')) || agent?.running === false);
    expect(agent.running, agent.output()).toBe(true);
    expect((await api.all('/api/agents')).map(({ name }) => name)).toEqual(['edge']);
    expect((await api.all('/api/enrollment-tokens')).map(({ uses }) => uses)).toEqual([1]);
    expect((await api.all('/api/tokens')).filter(({ scopes }) => scopes.includes('agent'))).toHaveLength(1);
  } finally {
    await agent?.end();
    await server.end();
    proxy?.closeAllConnections();
    await new Promise((resolve) => proxy?.close(resolve) ?? resolve(null));
    await rm(directory, { recursive: true, force: true });
  }
});
