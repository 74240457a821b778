import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorBody } from '../../../model/errors.ts';
import { posted, startTestServer, type Answer, type TestServer } from '../../../../test/support/server.ts';
import type { Services } from '../../services.ts';
import type { Route, RouteScope } from '../route.ts';
import { allRoutes } from './index.ts';

/** The routes' definitions need no services until they are asked. */
const routes = allRoutes({} as Services);
const titleOf = ({ method, path }: Route): string => `${method} ${path}`;
const scopesOf = ({ scope }: Route): readonly RouteScope[] => (typeof scope === 'string' ? [scope] : scope);

interface Example {
  /** With everything a success needs; `:id` in the path is what `prepare` answers. */
  readonly prepare?: (server: TestServer) => Promise<string | number>;
  readonly query?: string;
  readonly json?: unknown;
  /** The answer is a text of its own form. */
  readonly isText?: true;
  /** A request that must fail, and how. */
  readonly fails?: readonly { readonly id?: string; readonly query?: string; readonly json?: unknown; readonly with: readonly [number, string] }[];
}

const unknownId = { id: '4242', with: [404, 'not_found'] } as const;
const badPages = [
  { query: '?fields=colour', with: [400, 'invalid_request'] },
  { query: '?limit=0', with: [400, 'invalid_request'] },
  { query: '?cursor=bogus', with: [400, 'invalid_request'] },
] as const;
const backups = mkdtempSync(join(tmpdir(), 'tacho-backups-'));
let count = 0;
const fresh = (word: string): string => `${word}-${(count += 1)}`;
const made = async (answer: Promise<Answer>): Promise<number> => (await answer).json.id as number;
const makeJob = (server: TestServer): Promise<number> =>
  made(server.request('POST', '/api/jobs', { json: { name: fresh('job'), interval: 60, kinds: ['system'] } }));
const makeDestination = (server: TestServer): Promise<number> =>
  made(server.request('POST', '/api/destinations', { json: { name: fresh('destination') } }));
const series = '?metric=rtt_avg_ms&from=2026-11-22T00:00:00Z&to=2026-11-23T00:00:00Z';

/** One line for each route; a route without one fails. */
const examples: Readonly<Record<string, Example>> = {
  'GET /api/health': {},
  'POST /api/session': {
    json: { link: 'link' },
    fails: [
      { json: {}, with: [400, 'invalid_request'] },
      { json: { link: 'tacho_l_short' }, with: [401, 'unauthenticated'] },
      { json: { password: 'no password is set yet' }, with: [409, 'conflict'] },
      { json: { link: `tacho_l_${'A'.repeat(43)}` }, with: [410, 'gone'] },
    ],
  },
  'GET /api/session': {},
  'DELETE /api/session': {},
  'POST /api/login-links': {},
  'GET /api/sign-in': {},
  'PUT /api/password': { json: { password: 'correct horse battery' }, fails: [{ json: { password: 'short' }, with: [400, 'invalid_request'] }] },
  'DELETE /api/password': {},
  'DELETE /api/sessions': {},
  'GET /api/agents': { query: '?fields=name,labels&limit=2', fails: badPages },
  'POST /api/agents/:id/revoke': { prepare: async (server) => (await server.agent(fresh('revoked'))).id, fails: [unknownId] },
  'POST /api/agent/enrol': {
    json: { name: 'enrolled', labels: { site: 'lab' }, version: '1', platform: 'test' },
    fails: [{ json: { name: '' }, with: [400, 'invalid_request'] }],
  },
  'GET /api/breakers': { query: '?state=open', fails: [{ query: '?agent=nobody', with: [404, 'not_found'] }] },
  'GET /api/breakers/transitions': {
    fails: [
      { query: '?cursor=x', with: [400, 'invalid_request'] },
      { query: '?destination=nowhere', with: [404, 'not_found'] },
    ],
  },
  'GET /api/agents/:id': { prepare: async (server) => (await server.agent(fresh('shown'))).id, fails: [unknownId] },
  'PATCH /api/agents/:id': {
    prepare: async (server) => (await server.agent(fresh('renamed'))).id,
    json: { name: 'renamed-at-last', labels: { site: 'lab' }, budget_mb_per_day: 50 },
    fails: [
      unknownId,
      { json: { budget_mb_per_day: -1 }, with: [400, 'invalid_request'] },
      { id: 'renamed-at-last', json: { name: 'scope-tester' }, with: [409, 'name_taken'] },
    ],
  },
  'DELETE /api/agents/:id': { prepare: async (server) => (await server.agent(fresh('removed'))).id, fails: [unknownId] },
  'GET /api/tokens': { query: '?fields=name,scopes&limit=2', fails: badPages },
  'POST /api/tokens': {
    json: { name: 'ci', scopes: ['read'], expires_at: '2099-01-01T00:00:00Z' },
    fails: [
      { json: { name: 'ci', scopes: [] }, with: [400, 'invalid_request'] },
      { json: { name: 'ci', scopes: ['agent'] }, with: [400, 'invalid_request'] },
      { json: { name: 'ci', scopes: ['read'], expires_at: '2001-01-01T00:00:00Z' }, with: [400, 'invalid_request'] },
    ],
  },
  'DELETE /api/tokens/:id': {
    prepare: async (server) => (await server.token('read')).id,
    fails: [unknownId, { id: 'ci', with: [400, 'invalid_request'] }],
  },
  'GET /api/enrollment-tokens': { query: '?fields=name,uses&limit=2', fails: badPages },
  'POST /api/enrollment-tokens': {
    json: { name: 'lab', max_uses: 5 },
    fails: [
      { json: { name: 'lab', max_uses: 0 }, with: [400, 'invalid_request'] },
      { json: { name: '12' }, with: [400, 'invalid_request'] },
    ],
  },
  'DELETE /api/enrollment-tokens/:id': { prepare: async (server) => (await server.enrolmentToken()).id, fails: [unknownId] },
  'GET /api/destinations': { query: '?fields=name,host&limit=2', fails: badPages },
  'POST /api/destinations': {
    json: { name: 'somewhere', host: '127.0.0.1', tags: ['lab'] },
    fails: [
      { json: { name: 'somewhere' }, with: [409, 'name_taken'] },
      { json: { host: '127.0.0.1' }, with: [400, 'invalid_request'] },
      { json: { name: 'terminal', host: 'a\u001b[2J' }, with: [400, 'invalid_request'] },
      { json: { name: 'two', host: '127.0.0.1 127.0.0.2' }, with: [400, 'invalid_request'] },
      { json: { name: 'tagged', tags: ['a\nb'] }, with: [400, 'invalid_request'] },
    ],
  },
  'GET /api/destinations/:id': {
    prepare: makeDestination,
    fails: [unknownId, { id: 'nowhere', with: [404, 'not_found'] }],
  },
  'PUT /api/destinations/:id': {
    prepare: makeDestination,
    json: { name: 'elsewhere', host: '127.0.0.2' },
    fails: [unknownId, { id: 'elsewhere', json: { name: 'somewhere' }, with: [409, 'name_taken'] }],
  },
  'DELETE /api/destinations/:id': { prepare: makeDestination, fails: [unknownId] },
  'GET /api/jobs': { query: '?fields=name,since&limit=2', fails: badPages },
  'POST /api/jobs': {
    json: { name: 'load', interval: 60, kinds: ['system'] },
    fails: [
      { json: { name: 'load', interval: 60, kinds: ['system'] }, with: [409, 'name_taken'] },
      { json: { name: 'fast', interval: 5, kinds: ['system'] }, with: [400, 'invalid_request'] },
      { json: { name: 'odd', interval: 60, kinds: ['teleport'] }, with: [400, 'invalid_request'] },
      { json: { name: 'aimless', interval: 60, kinds: ['ping'] }, with: [400, 'invalid_request'] },
      { json: { name: 'lost', interval: 60, kinds: ['ping'], destinations: ['nowhere'] }, with: [400, 'invalid_request'] },
      { json: { name: 'fussy', interval: 60, kinds: ['system'], options: { system: { colour: 'red' } } }, with: [400, 'invalid_request'] },
      { json: { name: 'mixed', interval: 60, kinds: ['system'], options: { ping: {} } }, with: [400, 'invalid_request'] },
    ],
  },
  'GET /api/jobs/:id': { prepare: makeJob, fails: [unknownId] },
  'PUT /api/jobs/:id': {
    prepare: makeJob,
    json: { name: 'replaced', interval: 120, kinds: ['system'] },
    fails: [
      unknownId,
      { id: 'replaced', json: { name: 'load', interval: 120, kinds: ['system'] }, with: [409, 'name_taken'] },
      { id: 'replaced', json: { name: 'replaced', interval: 120, kinds: ['ping'] }, with: [400, 'invalid_request'] },
    ],
  },
  'GET /api/jobs/:id/forecast': { prepare: makeJob, fails: [unknownId] },
  'POST /api/job-forecast': {
    json: { name: 'imagined', interval: 60, kinds: ['system'] },
    fails: [{ json: { name: 'imagined', kinds: ['system'] }, with: [400, 'invalid_request'] }],
  },
  'DELETE /api/jobs/:id': { prepare: makeJob, fails: [unknownId] },
  'POST /api/jobs/:id/run': {
    prepare: makeJob,
    fails: [unknownId],
  },
  'POST /api/jobs/:id/start': { prepare: makeJob, fails: [unknownId] },
  'POST /api/jobs/:id/stop': { prepare: makeJob, fails: [unknownId] },
  'GET /api/leases': {},
  'GET /api/jobs/:id/runs': {
    prepare: makeJob,
    query: '?hours=2&status=missing,pending,completed&unplanned=true&limit=5',
    fails: [
      unknownId,
      { query: '?status=great', with: [400, 'invalid_request'] },
      { query: '?after=bogus', with: [400, 'invalid_request'] },
      { query: '?from=2026-11-23&to=2026-11-22', with: [400, 'invalid_request'] },
      { query: '?from=2026-11-23&hours=2', with: [400, 'invalid_request'] },
      { query: '?agent=nobody', with: [404, 'not_found'] },
    ],
  },
  'GET /api/jobs/:id/runs/summary': {
    prepare: makeJob,
    query: '?hours=2&bucket=15m',
    fails: [unknownId, { query: '?bucket=often', with: [400, 'invalid_request'] }, { query: '?destination=nowhere', with: [404, 'not_found'] }],
  },
  'GET /api/jobs/:id/metrics': {
    prepare: makeJob,
    query: '?hours=24&kind=ping&metric=packet_loss&status=completed&limit=5',
    fails: [
      { id: '4242', query: '', with: [404, 'not_found'] },
      { query: '?limit=50001', with: [400, 'invalid_request'] },
      { query: '?hours=1&start_time=2026-11-22T00:00:00Z', with: [400, 'invalid_request'] },
      { query: '?start_time=2026-11-22&end_time=2026-11-21', with: [400, 'invalid_request'] },
      { query: '?destination=nowhere', with: [404, 'not_found'] },
      { query: '?cursor=bogus', with: [400, 'invalid_request'] },
    ],
  },
  'GET /api/jobs/:id/analytics': {
    prepare: makeJob,
    query: '?group_by=agent',
    fails: [
      { id: '4242', query: '', with: [404, 'not_found'] },
      { query: '?group_by=colour', with: [400, 'invalid_request'] },
    ],
  },
  'GET /api/jobs/:id/export': {
    prepare: makeJob,
    query: '?format=json',
    fails: [
      { id: '4242', query: '', with: [404, 'not_found'] },
      { query: '?format=docx', with: [400, 'invalid_request'] },
    ],
  },
  'POST /api/results': {
    json: { results: [posted({ agent: 'outsider', started_at: '2026-11-22T10:00:00Z' })] },
    fails: [
      { json: { results: [] }, with: [400, 'invalid_request'] },
      { json: [], with: [400, 'invalid_request'] },
      { json: { epoch: 'e1', results: [posted({ seq: 1 })] }, with: [403, 'forbidden'] },
    ],
  },
  'GET /api/results': {
    query: '?kind=ping&status=completed,failed&limit=5&from=2026-11-22',
    fails: [
      { query: '?agent=nobody', with: [404, 'not_found'] },
      { query: '?fields=colour', with: [400, 'invalid_request'] },
      { query: '?limit=0', with: [400, 'invalid_request'] },
      { query: '?from=yesterday', with: [400, 'invalid_request'] },
      { query: '?cursor=bogus', with: [400, 'invalid_request'] },
      { query: '?label=site', with: [400, 'invalid_request'] },
      { query: '?status=great', with: [400, 'invalid_request'] },
    ],
  },
  'GET /api/series': {
    query: series,
    fails: [
      { query: '?metric=rtt_avg_ms', with: [400, 'invalid_request'] },
      { query: '?metric=rtt_avg_ms&from=2026-11-23&to=2026-11-22', with: [400, 'invalid_request'] },
      { query: '?metric=rtt_avg_ms&from=2000-01-01&to=2026-11-22&bucket_s=1', with: [400, 'invalid_request'] },
      { query: `${series}&destination=nowhere`, with: [404, 'not_found'] },
    ],
  },
  'POST /api/fleet/widget-logs': {
    json: { machine_id: 'widgets', logs: [{ widget_type: 'speedtest', timestamp: '2026-11-22T10:00:00', data: { download: 5 } }] },
    fails: [
      { json: { machine_id: 'widgets', logs: [] }, with: [400, 'invalid_request'] },
      { json: { machine_id: 4242, logs: [{}] }, with: [404, 'not_found'] },
    ],
  },
  'GET /api/fleet/widget-logs': {
    query: '?widget_type=speedtest,wifi&machine_id=widgets&limit=5&fields=timestamp,data',
    fails: [
      { query: '?machine_id=nobody', with: [404, 'not_found'] },
      { query: '?cursor=bogus', with: [400, 'invalid_request'] },
      { query: '?widget_type=%27', with: [400, 'invalid_request'] },
      { query: '?fields=colour', with: [400, 'invalid_request'] },
    ],
  },
  'GET /api/fleet/speedtest/summary': {
    query: '?hours=168',
    fails: [{ query: '?hours=0', with: [400, 'invalid_request'] }],
  },
  'GET /api/kinds': {},
  'GET /metrics': { isText: true },
  'POST /api/apply': {
    json: { source: 'config.yaml', dry_run: true, destinations: [{ name: 'declared' }], jobs: [{ name: 'declared', destinations: ['declared'] }] },
    fails: [
      { json: { source: 'config.yaml', jobs: [{ name: 'declared', destinations: ['gone'] }] }, with: [400, 'invalid_request'] },
      { json: { destinations: [] }, with: [400, 'invalid_request'] },
    ],
  },
  'POST /api/backup': {
    json: { directory: join(backups, 'whole') },
    fails: [
      { json: { directory: 'relative' }, with: [400, 'invalid_request'] },
      { json: { directory: join(backups, 'whole') }, with: [409, 'conflict'] },
    ],
  },
};

function exampleOf(route: Route): Example {
  const example = examples[titleOf(route)];
  if (example === undefined) throw new Error(`${titleOf(route)} has no example here: add one`);
  return example;
}

describe('every route', () => {
  let server: TestServer;
  let agent = '';
  const tokens: Record<string, string> = {};

  beforeAll(async () => {
    server = await startTestServer();
    agent = (await server.agent('scope-tester')).credential;
    for (const scope of ['read', 'write', 'admin'] as const) tokens[scope] = (await server.token(scope)).token;
    tokens['agent'] = agent;
  });
  afterAll(async () => {
    await server.close();
    rmSync(backups, { recursive: true, force: true });
  });

  /** Who may ask: the weakest that the route says. */
  const allowed = async (route: Route, json: unknown): Promise<{ token: string | null; json: unknown }> => {
    if (route.path === '/api/agent/enrol') return { token: (await server.enrolmentToken()).token, json };
    if (route.path === '/api/session' && route.method === 'POST' && (json as { link?: string }).link === 'link') {
      return { token: null, json: { link: (await server.request('POST', '/api/login-links')).json.link as string } };
    }
    const [scope = 'public'] = scopesOf(route);
    return { token: tokens[scope] ?? null, json };
  };
  const ask = async (route: Route, { id, query = '', json }: { id: string; query?: string | undefined; json?: unknown }): Promise<Answer> => {
    const who = await allowed(route, json);
    return server.request(route.method, `${route.path.replace(':id', id)}${query}`, {
      token: who.token,
      ...(who.json === undefined ? {} : { json: who.json }),
    });
  };

  test('has a scope, a summary, and an answer that says its form unless there is none', () => {
    for (const route of routes) {
      expect(scopesOf(route).length, titleOf(route)).toBeGreaterThan(0);
      expect(route.summary, titleOf(route)).not.toBe('');
      expect(route.response === undefined, titleOf(route)).toBe(route.status === 204);
    }
    expect(new Set(routes.map(titleOf)).size).toBe(routes.length);
  });

  test('is exercised here, and nothing else is', () => {
    expect(Object.keys(examples).sort()).toEqual(routes.map(titleOf).sort());
  });

  test.each(routes.map((route): [string, Route] => [titleOf(route), route]))('%s answers what it promises', async (_title, route) => {
    const example = exampleOf(route);
    const { prepare, query, json } = example;
    const id = prepare === undefined ? '' : String(await prepare(server));
    const answer = await ask(route, { id, query, json });
    expect(answer.status, answer.text).toBe(route.status ?? 200);
    if (route.response === undefined) expect(answer.text).toBe('');
    else {
      const parsed = route.response.safeParse(example.isText === true ? answer.text : answer.json);
      expect(parsed.error).toBeUndefined();
      expect(answer.headers['cache-control']).toBe('no-store');
    }
  });

  test.each(routes.filter((route) => exampleOf(route).fails !== undefined).map((route): [string, Route] => [titleOf(route), route]))(
    '%s refuses what it documents, in the form of every error',
    async (_title, route) => {
      for (const { id = '1', query, json, with: expected } of exampleOf(route).fails ?? []) {
        const answer = await ask(route, { id, query, json: json ?? exampleOf(route).json });
        expect([answer.status, answer.json.error.code], answer.text).toEqual(expected);
        expect(errorBody.safeParse(answer.json).success).toBe(true);
        // These go for any request; what is the route's own must be among what it documents.
        if (!['invalid_request', 'forbidden', 'unauthenticated'].includes(expected[1])) expect(route.errors).toContain(expected[1]);
      }
    },
  );

  const guarded = routes.filter((route) => !scopesOf(route).includes('public')).map((route): [string, Route] => [titleOf(route), route]);

  test.each(guarded)('%s asks for a token', async (_title, route) => {
    const answer = await server.request(route.method, route.path.replace(':id', '1'), { token: null });
    expect([answer.status, answer.json.error.code]).toEqual([401, 'unauthenticated']);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
  });

  test.each(guarded)('%s refuses every scope that is not its own', async (_title, route) => {
    const implied: Record<string, readonly RouteScope[]> = {
      read: ['read'],
      write: ['read', 'write'],
      admin: ['read', 'write', 'admin'],
      agent: ['agent'],
    };
    for (const [scope, held] of Object.entries(implied)) {
      if (scopesOf(route).some((one) => held.includes(one))) continue;
      const answer = await server.request(route.method, route.path.replace(':id', '1'), { token: tokens[scope] ?? '' });
      expect([answer.status, answer.json.error.code], scope).toEqual([403, 'forbidden']);
    }
  });

  test('public routes are these and no others', () => {
    const open = routes.filter((route) => scopesOf(route).includes('public')).map(titleOf);
    expect(open.sort()).toEqual(['GET /api/health', 'GET /api/sign-in', 'POST /api/agent/enrol', 'POST /api/session']);
  });
});
