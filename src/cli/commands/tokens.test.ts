import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { places, tacho, type Place } from '../../../test/support/command-line.ts';
import { startTestServer } from '../../../test/support/server.ts';

describe.each(Object.entries(places))('tacho tokens, over %s', (_, open) => {
  let place: Place;
  beforeAll(async () => {
    place = await open();
  });
  afterAll(() => place.close());

  test('prints the secret alone, and what to know of it beside it', async () => {
    const { code, out, err } = await place.tacho('tokens', 'add', 'grafana');
    expect(code).toBe(0);
    expect(out).toMatch(/^tacho_t_[A-Za-z0-9_-]{43}\n$/);
    expect(err).toBe('this is the only time that the token "grafana" is shown\n');
    expect(await place.json('tokens', 'add', 'agents', '--enrolment', '--uses', 'any', '--expires', '2100-01-01')).toMatchObject({
      name: 'agents',
      max_uses: null,
      expires_at: '2100-01-01T00:00:00.000Z',
      token: expect.stringMatching(/^tacho_e_/) as unknown,
    });
    expect(await place.json('tokens', 'add', 'script', '--scope', 'read', '--scope', 'write', '--expires', '2100-01-01')).toMatchObject({
      scopes: ['read', 'write'],
    });
  });

  test('lists both sorts, without secrets', async () => {
    const { out } = await place.tacho('tokens', 'list');
    expect(out).not.toContain('tacho_');
    const lines = out.split('\n').map((line) => line.trim().split(/ {2,}/));
    expect(lines[0]).toEqual(['TYPE', 'ID', 'NAME', 'STATE', 'MAY', 'EXPIRES (UTC)', 'LAST USED (UTC)']);
    expect(lines.find(([, , name]) => name === 'script')?.slice(2, 6)).toEqual(['script', 'valid', 'read, write', '2100-01-01 00:00:00']);
    expect(lines.find(([type]) => type === 'enrolment')?.slice(2)).toEqual([
      'agents',
      'valid',
      'enrol agents: 0 did, no limit',
      '2100-01-01 00:00:00',
      '-',
    ]);
  });

  test('revokes by name, and hides what opens nothing any more unless asked', async () => {
    expect(await place.tacho('tokens', 'rm', 'grafana')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^revoked api token grafana \(id \d+\)\n$/) as unknown,
    });
    const listed = await place.tacho('tokens', 'list');
    expect(listed.out).not.toContain('grafana');
    expect(listed.err).toBe('not shown: 1 revoked; --all shows it\n');
    expect((await place.tacho('tokens', 'list', '--all')).out).toMatch(/grafana +revoked \d{4}-\d\d-\d\d \d\d:\d\d:\d\d /);
    expect(await place.tacho('tokens', 'rm', 'agents')).toEqual({
      code: 1,
      out: '',
      err: 'tacho: no token is called or numbered "agents"; there is an enrolment token: --enrolment revokes that\n',
    });
    expect(await place.tacho('tokens', 'rm', 'agents', '--enrolment')).toMatchObject({ code: 0 });
  });

  test('asks for an id where several have the name', async () => {
    await place.tacho('tokens', 'add', 'twin');
    await place.tacho('tokens', 'add', 'twin');
    const { code, err } = await place.tacho('tokens', 'rm', 'twin');
    expect(code).toBe(1);
    const [, first] = /^tacho: several tokens are called "twin": expected one of the ids (\d+), \d+\n$/.exec(err) ?? [];
    expect(await place.tacho('tokens', 'rm', first ?? '')).toMatchObject({ code: 0 });
    expect(await place.tacho('tokens', 'rm', 'twin')).toMatchObject({ code: 0 });
  });

  test.each<[string, string[], string]>([
    ['uses of an API token', ['x', '--uses', '3'], 'invalid --uses: only an enrolment token is used up; add --enrolment'],
    ['no number of uses', ['x', '--enrolment', '--uses', '0'], 'invalid --uses: expected a whole number, or any, got "0"'],
    ['scopes of an enrolment token', ['x', '--enrolment', '--scope', 'read'], 'invalid --scope: an enrolment token only enrols'],
    ['an end in the past', ['x', '--expires', '2020-01-01'], 'expires_at: expected an instant in the future'],
  ])('says in one line what is wrong with %s', async (_what, args, message) => {
    expect(await place.tacho('tokens', 'add', ...args)).toEqual({ code: 2, out: '', err: `tacho: ${message}\n` });
  });
});

test('a token that may only read is told so, with the next step', async () => {
  const server = await startTestServer();
  try {
    const { token } = await server.token('read');
    const args = ['destinations', 'add', 'x', '--url', server.url];
    const { code, err } = await tacho(args, { env: { TACHO_TOKEN: token, HOME: '/nonexistent' } });
    expect(code).toBe(1);
    expect(err).toBe(
      'tacho: read may not do this: expected scope write, got read; use a token with that scope; tacho tokens add --scope makes one\n',
    );
  } finally {
    await server.close();
  }
});
