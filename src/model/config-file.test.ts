import * as fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { describe, expect, test } from 'vitest';
import { configOf, isSame, readDeclared, type Objects } from './config-file.ts';
import type { StoredDestination } from './destination.ts';
import type { StoredJob } from './job.ts';
import { planDeclared } from '../server/declared/plan.ts';

const agents = [
  { id: 1, name: 'berlin' },
  { id: 2, name: 'paris: 2' },
];
const nothing: Objects = { destinations: [], jobs: [], agents };

/** Names as people and machines write them, and as nobody should. */
const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).map((text) => `n${text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '')}x`);
const tags = fc.uniqueArray(fc.constantFrom('web', 'on', 'null', '1e3', '- x', '#'), { maxLength: 3 });
const remark = fc.option(fc.string({ maxLength: 40 }), { nil: null });

const config = fc.uniqueArray(word, { minLength: 1, maxLength: 4 }).chain((names) =>
  fc.record({
    destinations: fc.tuple(
      ...names.map((name) =>
        fc.record(
          {
            name: fc.constant(name),
            host: fc.constantFrom('127.0.0.1', 'https://example.org/a?b=c', '::1'),
            display_name: fc.option(word, { nil: null }),
            description: remark,
            tags,
            status: fc.constantFrom('active', 'inactive'),
            agent: fc.option(fc.constantFrom('berlin', 'paris: 2'), { nil: null }),
          },
          { requiredKeys: ['name', 'host'] },
        ),
      ),
    ),
    jobs: fc.uniqueArray(
      fc.record(
        {
          name: word,
          description: remark,
          enabled: fc.boolean(),
          interval: fc.integer({ min: 60, max: 100_000 }),
          metrics: fc.subarray(['ping', 'jitter', 'packet_loss', 'system'], { minLength: 1 }),
          destinations: fc.subarray([...names, 'tag:web'], { minLength: 1 }),
          agents: fc.subarray(['*', 'berlin', 'label:site=a b'], { minLength: 1 }),
          start_time: fc.constantFrom(null, '2026-01-01T00:00:00Z'),
          end_time: fc.constantFrom(null, '2027-01-01T00:00:00.5+01:00'),
          windows: fc.constantFrom([], [{ days: ['mon', 'fri'], from: '09:00', to: '17:00' }]),
          time_zone: fc.constantFrom('UTC', 'Europe/Berlin'),
          mesh: fc.constantFrom(null, { type: 'hub', hub: 'berlin' }, { type: 'pairs', label: 'site' }),
          tags,
          budget_mb_per_day: fc.constantFrom(null, 12.5),
        },
        { requiredKeys: ['name', 'destinations'] },
      ),
      { selector: ({ name }) => name, maxLength: 3 },
    ),
  }),
);

/** What a server would hold after it applied a file to an empty store. */
function applied(file: { destinations: readonly unknown[]; jobs: readonly unknown[] }): Objects {
  const plan = planDeclared(readDeclared(file), nothing, { source: 'a.yaml', orphans: 'keep', now: 0 });
  expect(plan.problems).toEqual([]);
  const made = { declared_by: 'a.yaml', created_at: 0, external: false };
  return {
    agents,
    destinations: plan.destinations.flatMap(({ input, agentId }, at): StoredDestination[] =>
      input === null ? [] : [{ ...input, ...made, id: at + 1, host: input.host ?? input.name, agent_id: agentId }],
    ),
    jobs: plan.jobs.flatMap(({ input }, at): StoredJob[] => (input === null ? [] : [{ ...input, ...made, id: at + 1, revision: 1, since: 0 }])),
  };
}

describe('a configuration file', () => {
  test('that was exported makes the same again, through YAML and JSON', () => {
    fc.assert(
      fc.property(config, (file) => {
        const there = applied(file);
        const exported = configOf(there);
        expect(configOf(applied(parse(stringify(exported, { lineWidth: 0 })) as typeof exported))).toEqual(exported);
        expect(configOf(applied(JSON.parse(JSON.stringify(exported)) as typeof exported))).toEqual(exported);
        // And where it is already so, nothing changes.
        const again = planDeclared(readDeclared(exported), there, { source: 'a.yaml', orphans: 'keep', now: 0 });
        expect([...again.destinations, ...again.jobs].filter(({ action }) => action !== 'none')).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test('says names where ids were meant, unless the name would mean something else', () => {
    const there = applied({ destinations: [{ name: 'a' }, { name: 'tag:b' }], jobs: [{ name: 'j', destinations: ['a'] }] });
    const [job] = there.jobs;
    if (job === undefined) throw new Error('no job');
    const byId = { ...there, jobs: [{ ...job, destinations: ['1', '2'], agents: ['2'], mesh: { type: 'hub' as const, hub: '1' } }] };
    expect(configOf(byId).jobs).toMatchObject([{ destinations: ['a', '2'], agents: ['paris: 2'], mesh: { hub: 'berlin' } }]);
  });

  test('leaves out a host that is the name, which may hold what a host may not', () => {
    const there = applied({ destinations: [{ name: 'the router, upstairs' }], jobs: [] });
    expect(configOf(there).destinations).toEqual([{ name: 'the router, upstairs' }]);
    expect(configOf(applied(configOf(there)))).toEqual(configOf(there));
  });

  test('leaves out what comes by itself, unless a job names it', () => {
    const { destinations, jobs } = applied({
      destinations: [{ name: 'posted' }, { name: 'meshed', agent: 'berlin' }, { name: 'named', agent: 'berlin' }],
      jobs: [{ name: 'j', destinations: ['named'] }],
    });
    const bare = destinations.map((one) => ({ ...one, declared_by: null, external: one.name === 'posted' }));
    expect(configOf({ destinations: bare, jobs, agents }).destinations.map(({ name }) => name)).toEqual(['named']);
  });

  test('fills in what a job leaves out: it pings every minute', () => {
    expect(readDeclared({ destinations: [], jobs: [{ name: 'j', destinations: ['a'] }] }).jobs).toMatchObject([{ interval: 60, kinds: ['ping'] }]);
  });

  test('is told every problem of every object at once', () => {
    const { problems } = readDeclared({
      destinations: [{ name: 'a' }, { name: 'a', hots: 'x' }, 7],
      jobs: [{ name: '12', interval: 5 }, { name: 'half \ud800' }],
    });
    expect(problems.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      expect.stringMatching(/^destinations\[1\]\.hots: unknown field: expected one of name, host, /) as string,
      'destinations[1].name: "a" is declared twice: destinations[0] has the same name',
      'destinations[2]: expected an object, got 7',
      expect.stringMatching(/^jobs\[0\]\.name: invalid name/) as string,
      expect.stringMatching(/^jobs\[0\]\.interval: invalid interval: expected at least 60 s/) as string,
      expect.stringMatching(/^jobs\[1\]\.name: invalid name: expected whole characters/) as string,
    ]);
  });
});

test('the order of keys says nothing, the order of a list does', () => {
  expect(isSame({ a: 1, b: [{ c: null, d: 2 }] }, { b: [{ d: 2, c: null }], a: 1 })).toBe(true);
  expect(isSame([1, 2], [2, 1])).toBe(false);
  expect(isSame({ a: undefined }, { b: undefined })).toBe(false);
  expect(isSame([], {})).toBe(false);
});
