import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { places, type Place } from '../../../test/support/command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'tacho-apply-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(text: string, name = 'config.yaml'): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const two = `
app: {web: {port: 8080, debug: false}}
destinations:
  - name: edge
    host: 127.0.0.1
    tags: [web]
jobs:
  - name: watch
    interval: 300
    destinations: [edge]
    agents: [berlin]
`;

describe.each(Object.entries(places))('tacho apply, over %s', (_, open) => {
  let place: Place;
  beforeEach(async () => {
    place = await open();
  });
  afterEach(() => place.close());

  test('adds, says so, and finds nothing to change the second time', async () => {
    const first = await place.tacho('apply', '-f', file(two));
    expect(first).toMatchObject({ code: 0, out: '+ destination edge\n+ job watch\n2 added, 0 unchanged\n' });
    expect(first.err).toBe(`warning: ${join(folder, 'config.yaml')}:11: jobs[0].agents[0]: no agent is called or numbered "berlin" yet\n`);
    const before = await place.request('GET', '/api/jobs/watch');
    expect(await place.tacho('apply', '-f', file(two))).toMatchObject({ code: 0, out: 'nothing to change: 2 as declared\n' });
    expect(await place.request('GET', '/api/jobs/watch')).toEqual(before);
    expect(before).toMatchObject({ declared_by: 'config.yaml', interval: 300, kinds: ['ping'] });
  });

  test('shows each field that changes, before and after, and does nothing when only asked', async () => {
    await place.tacho('apply', '-f', file(two));
    const changed = file(two.replace('300', '600').replace('[web]', '[web, dns]'));
    const plan = [
      ...['~ destination edge', '    tags: ["web"] → ["web","dns"]', '~ job watch', '    interval: 300 → 600'],
      '2 would be changed, 0 unchanged',
    ];
    expect((await place.tacho('apply', '-f', changed, '--dry-run')).out.trimEnd().split('\n')).toEqual(plan);
    expect(await place.request('GET', '/api/jobs/watch')).toMatchObject({ interval: 300 });
    expect(await place.json('apply', '-f', changed)).toMatchObject({ changed: true, dry_run: false, source: 'config.yaml' });
    expect(await place.request('GET', '/api/jobs/watch')).toMatchObject({ interval: 600 });
  });

  test('says every problem with its line, and then does nothing at all', async () => {
    const wrong = file(`destinations:
  - name: fine
  - name: bad
    hots: x
jobs:
  - name: first
    interval: 5
    destinations: [fine, gone]
  - name: second
    destinations: [fine]
    options:
      ping:
        count: 0
`);
    const { code, out, err } = await place.tacho('apply', '-f', wrong);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err.trimEnd().split('\n')).toEqual([
      expect.stringContaining(`tacho: ${wrong}:4: destinations[1].hots: unknown field: expected one of`) as string,
      `${wrong}:7: jobs[0].interval: invalid interval: expected at least 60 s, got 5 s`,
      `${wrong}:8: jobs[0].destinations[1]: no destination is called or numbered "gone"`,
      `${wrong}:13: jobs[1].options.ping.count: expected at least 1, got 0`,
    ]);
    expect((await place.json('destinations', 'list')).items).toEqual([]);
  });

  test('refuses a file whose settings are wrong, or that is no YAML', async () => {
    const settings = file('app: {web: {port: seventy}}\ndestinations: []\n');
    expect(await place.tacho('apply', '-f', settings)).toMatchObject({ code: 2, err: expect.stringContaining('invalid port') as string });
    expect(await place.tacho('apply', '-f', file('a: [1'))).toMatchObject({ code: 2 });
    const notList = file('jobs: {name: x}\n');
    expect(await place.tacho('apply', '-f', notList)).toMatchObject({
      code: 2,
      err: `tacho: ${notList}:1: jobs: expected a list, got keys and values\n`,
    });
    expect(await place.tacho('apply', '-f', join(folder, 'gone.yaml'))).toMatchObject({ code: 2 });
  });

  test('keeps what the file declares no more, until it is told to remove or to release it', async () => {
    await place.tacho('apply', '-f', file(two));
    const fewer = file(two.slice(0, two.indexOf('jobs:')));
    const kept = await place.tacho('apply', '-f', fewer);
    expect(kept.out).toBe('? job watch (no longer declared, stays as it is)\nnothing to change: 1 as declared\n');
    expect(kept.err).toBe('1 no longer declared here and kept: --prune removes them, --release lets them be changed by hand\n');
    expect((await place.tacho('apply', '-f', fewer, '--release')).out).toContain(
      '< job watch (no longer declared: free to be changed by hand)\n1 released',
    );
    expect(await place.tacho('jobs', 'stop', 'watch')).toMatchObject({ code: 0 });
    await place.tacho('apply', '-f', file(two));
    expect((await place.tacho('apply', '-f', file(''), '--prune')).out).toBe(
      '- destination edge (no longer declared)\n- job watch (no longer declared)\n2 removed, 0 unchanged\n',
    );
    expect((await place.json('jobs', 'list')).items).toEqual([]);
  });

  test('does not remove a destination that a job made by hand names', async () => {
    await place.tacho('apply', '-f', file(two));
    await place.tacho('jobs', 'add', 'mine', '--kind', 'ping', '--destination', 'edge');
    const { code, err } = await place.tacho('apply', '-f', file(''), '--prune');
    expect(code).toBe(2);
    expect(err).toContain('cannot remove destination "edge": job "mine" names it');
    expect((await place.json('jobs', 'list')).items).toHaveLength(2);
  });

  test('what a file declares is changed there and nowhere else', async () => {
    await place.tacho('apply', '-f', file(two));
    const words = (thing: string) => `tacho: ${thing} is declared by config.yaml: change it there and apply the file again\n`;
    for (const args of [['stop'], ['start'], ['rm'], ['set', '--interval', '90s']])
      expect(await place.tacho('jobs', args[0] ?? '', 'watch', ...args.slice(1))).toMatchObject({ code: 1, err: words('job "watch"') });
    for (const args of [['rm'], ['rm', '--force'], ['set', '--host', '::1']])
      expect(await place.tacho('destinations', args[0] ?? '', 'edge', ...args.slice(1))).toMatchObject({ code: 1, err: words('destination "edge"') });
    const other = await place.tacho('apply', '-f', file(two, 'other.yaml'));
    expect(other.err).toContain('destinations[0].name: destination "edge" is declared by config.yaml');
  });

  test('takes over what was made by hand, and says so; an export of what is there takes over all of it and changes none', async () => {
    await place.tacho('destinations', 'add', 'edge', '127.0.0.1', '--tag', 'web');
    await place.tacho('jobs', 'add', 'watch', '--kind', 'ping', '--destination', '1', '--interval', '5m', '--option', 'ping.count=3');
    const before = await place.request('GET', '/api/jobs/watch');
    const exported = (await place.tacho('export', 'config')).out;
    expect(parse(exported)).toEqual(await place.json('export', 'config'));
    expect((await place.tacho('apply', '-f', file(exported))).out).toBe(
      '~ destination edge (takes over)\n~ job watch (takes over)\n2 changed, 0 unchanged\n',
    );
    expect(await place.request('GET', '/api/jobs/watch')).toEqual({ ...(before as object), declared_by: 'config.yaml' });
    expect((await place.tacho('export', 'config')).out).toBe(exported);
    expect((await place.tacho('apply', '-f', file(exported))).out).toBe('nothing to change: 2 as declared\n');
  });
});
