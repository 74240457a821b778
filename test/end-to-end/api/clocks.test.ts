import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { posted, startTestServer, type Answer, type EnrolledAgent, type TestServer } from '../../support/server.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

let server: TestServer;
let agent: EnrolledAgent;
let write = '';
let epochs = 0;

beforeAll(async () => {
  server = await startTestServer();
  agent = await server.agent('clocked');
  write = (await server.token('write')).token;
});
afterAll(async () => server.close());

const at = (fromNowMs: number): string => new Date(server.clock.now() + fromNowMs).toISOString();
/** Posts results from the agent's spool, each with its own epoch. */
const spool = (results: Record<string, unknown>[], batch: Record<string, unknown> = {}): Promise<Answer> =>
  server.request('POST', '/api/results', {
    token: agent.credential,
    json: { epoch: `e${(epochs += 1)}`, ...batch, results: results.map((result, i) => posted({ ...result, seq: i + 1 })) },
  });
const foreign = (results: Record<string, unknown>[], batch: Record<string, unknown> = {}): Promise<Answer> =>
  server.request('POST', '/api/results', {
    token: write,
    json: { ...batch, results: results.map((result) => posted({ agent: 'import', ...result })) },
  });
const codes = ({ json }: Answer): string[] => (json.refused as { code: string }[]).map(({ code }) => code);
const found = async (run: string, name = agent.name): Promise<{ started_at: string; clock_offset_ms: number | null } | undefined> =>
  (
    (await server.request('GET', `/api/results?agent=${name}&limit=1000`)).json.items as {
      run: string;
      started_at: string;
      clock_offset_ms: number;
    }[]
  ).find((item) => item.run === run);

describe('a clock a week off', () => {
  test.each([
    ['ahead', 7 * DAY],
    ['behind', -7 * DAY],
  ])('%s, and known to be so, is corrected: the result stands where the server saw it', async (word, offset) => {
    const { json } = await spool([{ started_at: at(offset - MINUTE), run: word }], { clock_offset_ms: offset });
    expect(json).toMatchObject({ stored: 1, refused: [] });
    const result = await found(word);
    expect(Math.abs(Date.parse(result?.started_at ?? '') - (server.clock.now() - MINUTE))).toBeLessThan(10_000);
    expect(result?.clock_offset_ms).toBe(offset);
  });

  test("is corrected by the result's own offset before the batch's", async () => {
    await spool([{ started_at: at(DAY), run: 'own', clock_offset_ms: DAY + MINUTE }], { clock_offset_ms: 7 * DAY });
    expect(Math.abs(Date.parse((await found('own'))?.started_at ?? '') - (server.clock.now() - MINUTE))).toBeLessThan(10_000);
  });

  test('ahead, and nobody measured it, is refused; the spool moves on, so that the agent can put the result aside', async () => {
    const answer = await spool([{ started_at: at(7 * DAY) }, { started_at: at(-MINUTE), run: 'after' }]);
    expect(answer.json).toMatchObject({ stored: 1, acknowledged: 2, refused: [{ index: 0, seq: 1, code: 'in_the_future' }] });
    expect(answer.json.refused[0].message).toMatch(/^started_at is in the future: expected at most 10 minutes after the server's .+Z, got .+Z$/);
    expect(await found('after')).toBeDefined();
  });

  test('off by less than a second is left alone', async () => {
    const instant = at(-MINUTE);
    await spool([{ started_at: instant, run: 'near' }], { clock_offset_ms: 999 });
    expect((await found('near'))?.started_at).toBe(instant);
  });

  test.each([1e300, -1e300, 5e12])('by an offset of %s that no clock has refuses the result and nothing else', async (offset) => {
    for (const post of [spool, foreign]) {
      const answer = await post([{ clock_offset_ms: offset }, { run: 'sane', started_at: at(-MINUTE) }]);
      expect(answer.status, answer.text).toBe(200);
      expect(answer.json.refused).toMatchObject([{ index: 0 }]);
      expect(['invalid_result', 'in_the_future', 'too_late']).toContain(codes(answer)[0]);
    }
    expect((await spool([{}], { clock_offset_ms: offset })).json).toMatchObject({ stored: 0, acknowledged: 1 });
  });
});

describe('the future', () => {
  test('up to ten minutes ahead is a clock that nobody measured; beyond it is refused, from anyone', async () => {
    for (const post of [spool, foreign]) {
      const answer = await post([{ started_at: at(9 * MINUTE) }, { started_at: at(11 * MINUTE) }]);
      expect(answer.json).toMatchObject({ stored: 1, refused: [{ index: 1, code: 'in_the_future' }] });
    }
  });
});

describe('the past', () => {
  test('of an agent reaches back 14 days', async () => {
    const answer = await spool([{ started_at: at(-14 * DAY + MINUTE) }, { started_at: at(-14 * DAY - MINUTE) }]);
    expect(answer.json).toMatchObject({ stored: 1, acknowledged: 2, refused: [{ index: 1, seq: 2, code: 'too_late' }] });
  });

  test('of an agent reaches back no further without an epoch', async () => {
    const answer = await server.request('POST', '/api/results', {
      token: agent.credential,
      json: { results: [posted({ started_at: at(-15 * DAY) })] },
    });
    expect(codes(answer)).toEqual(['too_late']);
  });

  test('of anyone else reaches back to 1990', async () => {
    const answer = await foreign([{ started_at: '1990-01-01T00:00:00Z', run: 'oldest' }, { started_at: at(-400 * DAY) }]);
    expect(answer.json).toMatchObject({ stored: 2, refused: [] });
    expect(await found('oldest', 'import')).toMatchObject({ started_at: '1990-01-01T00:00:00.000Z' });
  });
});
