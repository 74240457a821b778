import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { places, type Place } from '../../../test/support/command-line.ts';

describe.each(Object.entries(places))('tacho destinations, over %s', (_, open) => {
  let place: Place;
  beforeAll(async () => {
    place = await open();
  });
  afterAll(() => place.close());

  test('says how to add the first one', async () => {
    expect(await place.tacho('destinations', 'list')).toEqual({
      code: 0,
      out: '',
      err: 'no destinations yet: tacho destinations add NAME HOST adds one\n',
    });
    expect(await place.json('destinations', 'list')).toEqual({ items: [], next: null });
  });

  test('adds, lists and shows', async () => {
    expect(await place.tacho('destinations', 'add', 'example', 'example.org', '--tag', 'web', '--tag', 'edge')).toEqual({
      code: 0,
      out: 'added destination example (id 1): example.org\n',
      err: '',
    });
    expect(await place.json('destinations', 'add', 'router.example', '--status', 'inactive', '--description', 'the router')).toMatchObject({
      id: 2,
      name: 'router.example',
      host: 'router.example',
      status: 'inactive',
      description: 'the router',
    });
    expect((await place.tacho('destinations', 'list')).out).toBe(
      [
        'ID  NAME            HOST            STATUS    HEALTH   TAGS',
        ' 1  example         example.org     active    unknown  web, edge',
        ' 2  router.example  router.example  inactive  unknown  -',
        '',
      ].join('\n'),
    );
    const shown = (await place.tacho('destinations', 'show', '1')).out;
    expect(shown.split('\n').slice(0, 9)).toEqual([
      'id            1',
      'name          example',
      'host          example.org',
      'display name  -',
      'description   -',
      'tags          web, edge',
      'status        active',
      'health        unknown',
      'external      no',
    ]);
    expect(shown).toMatch(/^created {7}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/m);
  });

  test('a destination may be another agent, which has to be there', async () => {
    expect(await place.tacho('destinations', 'add', 'to-berlin', '--agent', 'berlin')).toMatchObject({
      code: 2,
      err: expect.stringContaining('no agent is called or numbered "berlin"') as string,
    });
  });

  test('changes what is said and leaves the rest', async () => {
    expect(await place.json('destinations', 'set', 'example', '--host', 'www.example.org', '--display-name', 'Example')).toMatchObject({
      id: 1,
      host: 'www.example.org',
      display_name: 'Example',
      tags: ['web', 'edge'],
    });
    expect(await place.json('destinations', 'set', '1', '--name', 'renamed', '--display-name', '', '--tag', '')).toMatchObject({
      id: 1,
      name: 'renamed',
      host: 'www.example.org',
      display_name: null,
      tags: [],
    });
  });

  test('removes by name', async () => {
    expect(await place.tacho('destinations', 'rm', 'renamed')).toMatchObject({ code: 0, out: 'removed destination renamed; its results stay\n' });
    expect((await place.json('destinations', 'list')).items).toHaveLength(1);
  });

  test.each<[string, string[], number, string]>([
    ['what is not there', ['show', 'nobody'], 1, 'no destination is called or numbered "nobody"; tacho destinations list shows what there is'],
    [
      'a name that is taken',
      ['add', 'router.example'],
      1,
      'destination name is taken: "router.example"; tacho destinations list shows what there is',
    ],
    ['a name that is none', ['add', '12'], 2, 'name: invalid name: expected something other than digits only (those are ids), got "12"'],
    ['no change', ['set', 'router.example'], 2, 'nothing to change: --help shows the options'],
    ['an empty name', ['rm', ''], 2, 'invalid reference: expected a name or an id, got nothing'],
  ])('says in one line what is wrong with %s', async (_what, args, code, message) => {
    expect(await place.tacho('destinations', ...args)).toEqual({ code, out: '', err: `tacho: ${message}\n` });
  });
});
