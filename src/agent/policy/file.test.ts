import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.ts';
import { silentLog } from '../log.ts';
import { loadPolicy } from './file.ts';
import { PolicyKeeper } from './keeper.ts';
import { brokenRules, defaultRules } from './rules.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tacho-policy-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const load = (file: string | null = null) => loadPolicy({ dir, file });
const write = (name: string, text: string) => writeFile(join(dir, name), text);

describe('policy file', () => {
  test('without one the defaults hold', async () => {
    expect(await load()).toMatchObject({ path: null, problems: [], policy: { rules: defaultRules, broken: null } });
  });

  test('an empty one says nothing', async () => {
    await write('policy.yaml', '# nothing yet\n');
    expect((await load()).policy).toMatchObject({ rules: defaultRules, broken: null });
  });

  test('YAML and JSON say the same', async () => {
    const rules = {
      kinds: ['ping', 'throughput'],
      allow: ['10.0.0.0/8', '*.example.org'],
      deny: ['10.9.0.0/16'],
      runsPerMinute: 60,
      runsAtOnce: 4,
      shortestIntervalMs: 30_000,
      packetsPerSecond: 10,
      rateMbps: 100,
      megabytesPerDay: 500,
      listening: { portFrom: 5201, portTo: 5210, from: ['10.0.0.0/8'] },
    };
    const yaml = `
kinds: [ping, throughput]
destinations:
  allow: [10.0.0.0/8, "*.example.org"]
  deny: [10.9.0.0/16]
rates: { runs_per_minute: 60, runs_at_once: 4, shortest_interval_s: 30, packets_per_second: 10, rate_mbps: 100 }
bytes: { megabytes_per_day: 500 }
listening: { ports: 5201-5210, from: [10.0.0.0/8] }
`;
    await write('policy.yaml', yaml);
    expect((await load()).policy.rules).toEqual(rules);
    await rm(join(dir, 'policy.yaml'));
    await write(
      'policy.json',
      JSON.stringify({
        kinds: rules.kinds,
        destinations: { allow: rules.allow, deny: rules.deny },
        rates: { runs_per_minute: 60, runs_at_once: 4, shortest_interval_s: 30, packets_per_second: 10, rate_mbps: 100 },
        bytes: { megabytes_per_day: 500 },
        listening: { ports: '5201-5210', from: ['10.0.0.0/8'] },
      }),
    );
    expect((await load()).policy.rules).toEqual(rules);
  });

  test('names every problem at once, with its line', async () => {
    await write(
      'policy.yaml',
      'kinds: [ping, shell]\ndestinations:\n  alow: [10.0.0.0/8]\n  deny: [10.0.0.0/33, 300.1.1.1]\nrates:\n  runs_at_once: many\n',
    );
    const { problems, policy } = await load();
    expect(problems).toHaveLength(5);
    for (const [line, path] of [
      [1, 'kinds[1]'],
      [4, 'destinations.deny[0]'],
      [4, 'destinations.deny[1]'],
      [6, 'rates.runs_at_once'],
    ] as const) {
      expect(problems).toContainEqual(expect.stringMatching(new RegExp(`^line ${line}: ${path.replace(/[[\]]/g, '\\$&')}: `)));
    }
    expect(problems.join('\n')).toContain('alow');
    expect(policy.rules).toEqual(brokenRules);
    expect(policy.broken).toContain('line 1: kinds[1]');
  });

  test.each([
    ['cut short', 'policy.yaml', 'destinations: {allow: [10.0.0.0/8'],
    ['with a key twice', 'policy.yaml', 'kinds: [ping]\nkinds: [dns]\n'],
    ['a list', 'policy.yaml', '- ping\n'],
    ['a word', 'policy.yaml', 'none\n'],
    [
      'an alias bomb',
      'policy.yaml',
      `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c]\n`,
    ],
    ['two documents', 'policy.yaml', 'kinds: [ping]\n---\nkinds: [dns]\n'],
    ['no JSON', 'policy.json', '{kinds:'],
    ['nothing at all, as JSON', 'policy.json', ''],
    ['null, as JSON', 'policy.json', 'null'],
  ])('one that is %s leaves only loopback', async (_what, name, text) => {
    await write(name, text);
    const { policy, problems } = await load();
    expect(policy.rules).toEqual(brokenRules);
    expect(problems).not.toEqual([]);
  });

  test('one that was named and is not there, is a folder, or is one of two, is broken', async () => {
    expect((await load(join(dir, 'mine.yaml'))).policy.broken).toContain('there is no such file');
    expect((await load(dir)).policy.rules).toEqual(brokenRules);
    await write('policy.yaml', '');
    await write('policy.json', '{}');
    expect((await load()).policy.broken).toContain('there are two policies');
  });

  test('is read again when asked, for better or worse', async () => {
    const keeper = await PolicyKeeper.open({ source: { dir, file: null }, clock: new ManualClock(0), log: silentLog });
    expect(keeper.guard.refuseAddress('10.0.0.1', '10.0.0.1')).toBeNull();
    await write('policy.yaml', 'destinations: { deny: [10.0.0.0/8] }');
    await keeper.reload();
    expect(keeper.guard.refuseAddress('10.0.0.1', '10.0.0.1')).toContain('destinations.deny');
    await write('policy.yaml', 'destinations: { deny: [10.0.0.0/8');
    await keeper.reload();
    expect(keeper.guard.refuseAddress('192.0.2.1', '192.0.2.1')).toContain('its file is broken');
  });

  test('lets so many runs begin in a minute, and bounds what is said of the others', async () => {
    await write('policy.yaml', 'rates: { runs_per_minute: 10 }');
    const clock = new ManualClock(0);
    const keeper = await PolicyKeeper.open({ source: { dir, file: null }, clock, log: silentLog });
    const run = { id: null, plannedAt: null } as Parameters<typeof keeper.admit>[0];
    const count = (times: number) => {
      const answers = Array.from({ length: times }, () => keeper.admit(run));
      return {
        begun: answers.filter((answer) => answer === null).length,
        said: answers.filter((answer) => answer !== null && answer !== 'silently').length,
      };
    };
    expect(count(5000)).toEqual({ begun: 10, said: 600 });
    await clock.advance(30_000);
    expect(count(5000)).toEqual({ begun: 5, said: 300 });
  });
});
