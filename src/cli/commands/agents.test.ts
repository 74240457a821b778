import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { places, tacho, type Place } from '../../../test/support/command-line.ts';
import { startTestServer } from '../../../test/support/server.ts';

describe.each(Object.entries(places))('tacho agents, over %s', (_, open) => {
  let place: Place;
  beforeAll(async () => {
    place = await open();
  });
  afterAll(() => place.close());

  test('says how to get the first one', async () => {
    expect(await place.tacho('agents', 'list')).toEqual({
      code: 0,
      out: '',
      err: 'no agents yet: tacho tokens add NAME --enrolment makes a token with which one enrols\n',
    });
  });

  test('lists, relabels and renames', async () => {
    await place.agent('berlin');
    await place.agent('oslo');
    expect(await place.json('agents', 'set', 'berlin', '--label', 'site=berlin', '--label', 'isp=Example Net')).toMatchObject({
      labels: { site: 'berlin', isp: 'Example Net' },
    });
    expect(await place.json('agents', 'set', '1', '--name', 'berlin-2', '--unlabel', 'isp', '--label', 'rack=7')).toMatchObject({
      id: 1,
      name: 'berlin-2',
      labels: { site: 'berlin', rack: '7' },
    });
    const { out } = await place.tacho('agents', 'list');
    const [head, first, second] = out.split('\n').map((line) => line.split(/ {2,}/).map((cell) => cell.trim()));
    expect(head).toEqual(['ID', 'NAME', 'STATE', 'LAST SEEN (UTC)', 'WAITING', 'VERSION', 'LABELS']);
    expect(first?.at(-1)).toBe('site=berlin, rack=7');
    expect(second?.slice(0, 3)).toEqual(['2', 'oslo', 'offline']);
    for (const character of ['\t', '\u001b']) expect(out).not.toContain(character);
  });

  test('shows one', async () => {
    const { out } = await place.tacho('agents', 'show', 'berlin-2');
    expect(out.split('\n').slice(0, 2)).toEqual(['id            1', 'name          berlin-2']);
    expect(out).toContain('labels        site=berlin\n              rack=7\n');
  });

  test('limits what one spends, and lets it go again', async () => {
    expect(await place.json('agents', 'set', 'berlin-2', '--budget', '200')).toMatchObject({ budget_mb_per_day: 200, labels: { rack: '7' } });
    expect((await place.tacho('agents', 'show', 'berlin-2')).out).toContain('budget        200 MB a day\n');
    expect(await place.json('agents', 'set', 'berlin-2', '--budget', '')).toMatchObject({ budget_mb_per_day: null });
  });

  test('revokes and removes', async () => {
    expect(await place.tacho('agents', 'revoke', 'berlin-2')).toMatchObject({ code: 0, out: 'revoked agent berlin-2; its results stay\n' });
    expect(await place.json('agents', 'show', 'berlin-2')).toMatchObject({ state: 'revoked' });
    expect(await place.tacho('agents', 'rm', 'berlin-2')).toMatchObject({ code: 0, out: 'removed agent berlin-2; its results stay\n' });
    expect(await place.tacho('agents', 'show', 'berlin-2')).toEqual({
      code: 1,
      out: '',
      err: 'tacho: no agent is called or numbered "berlin-2"; tacho agents list shows what there is\n',
    });
  });

  test.each<[string, string[], string]>([
    ['a label without a value', ['set', 'oslo', '--label', 'site'], 'invalid --label: expected KEY=VALUE, got "site"'],
    ['no change', ['set', 'oslo'], 'nothing to change: expected --name, --label, --unlabel or --budget'],
  ])('says in one line what is wrong with %s', async (_what, args, message) => {
    expect(await place.tacho('agents', ...args)).toEqual({ code: 2, out: '', err: `tacho: ${message}\n` });
  });
});

describe('a list on a terminal', () => {
  test('has colours, unless they are not wanted; hostile names cannot reach the terminal', async () => {
    const server = await startTestServer();
    try {
      const { credential } = await server.agent('oslo');
      await server.control(credential, { labels: { evil: '\u001b]0;owned\u0007\u009b2J\u202e' }, version: '1.0\u001b[31m' });
      const args = ['agents', 'list', '--data', server.data];
      const coloured = await tacho(args, { terminal: true });
      expect(coloured.out).toContain('\u001b[32monline\u001b[39m');
      // What is left without our own colours holds no control character.
      // eslint-disable-next-line no-control-regex
      expect(coloured.out.replace(/\u001b\[\d+m/g, '')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
      const plain = await tacho(args, { terminal: true, env: { NO_COLOR: '1' } });
      expect(plain.out).toContain('evil=?]0;owned??2J?');
      expect(plain.out).not.toContain('\u001b');
      const json = await tacho([...args, '--json'], { terminal: true });
      // eslint-disable-next-line no-control-regex
      expect(json.out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
      expect(JSON.parse(json.out)).toMatchObject({ items: [{ labels: { evil: '\u001b]0;owned\u0007\u009b2J\u202e' } }] });
    } finally {
      await server.close();
    }
  });
});
