import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { kindName, metricName } from '../result.ts';
import type { Unit } from '../units.ts';
import { findKind, findKindDescription, kindNames, kinds, postedKinds } from './index.ts';
import type { KindDefinition, KindDescription } from './kind.ts';

/** How the last part of a metric's name says its unit; units without one are named freely. */
const suffixes: Partial<Record<Unit, RegExp>> = {
  ms: /_ms$/,
  s: /_s$/,
  pct: /_pct$/,
  mbps: /_mbps$/,
  mb: /_mb$/,
  days: /_days_left$/,
  code: /_code$/,
};

describe.each(kindNames.map((kind): [string, KindDefinition] => [kind, kinds[kind]]))('the definition of %s', (kind, definition) => {
  test('is named as in the registry', () => {
    expect(definition.kind).toBe(kind);
    expect(kindName.safeParse(kind).success).toBe(true);
  });

  test('every option has a default, a title and a text, and the longest run is known and bounded', () => {
    const spec = definition.spec.parse({});
    for (const [key, schema] of Object.entries(definition.spec.shape)) {
      expect(Object.keys(spec)).toContain(key);
      expect(z.globalRegistry.get(schema)).toMatchObject({ title: expect.any(String) as unknown, description: expect.any(String) as unknown });
    }
    expect(definition.longestRunMs(spec)).toBeGreaterThan(0);
  });

  test('what a run weighs on the wire is known: nothing where the machine measures itself', () => {
    const bytes = definition.trafficBytes?.(definition.spec.parse({})) ?? Number.NaN;
    expect(Number.isSafeInteger(bytes)).toBe(true);
    expect(bytes > 0).toBe(definition.target !== 'none');
  });

  test('its options and details have a JSON Schema, as forms and documents need', () => {
    expect(z.toJSONSchema(definition.spec, { io: 'input' })).toMatchObject({ type: 'object' });
    expect(z.toJSONSchema(definition.details)).toMatchObject({ type: 'object' });
  });
});

const described: [string, KindDescription][] = [...Object.entries(kinds), ...Object.entries(postedKinds)];

describe.each(described)('the description of %s', (kind, description) => {
  test('is found by its name', () => {
    expect(description.kind).toBe(kind);
    expect(findKindDescription(kind)).toBe(description);
    expect(findKind(kind) !== undefined).toBe(kind in kinds);
  });

  test('metrics are named for their units, and what is shown first is among them', () => {
    for (const [name, { unit, title, description: text }] of Object.entries(description.metrics)) {
      expect(metricName.safeParse(name).success).toBe(true);
      expect(name).toMatch(suffixes[unit] ?? /./);
      expect([title, text]).not.toContain('');
    }
    expect(description.primary.length).toBeGreaterThan(0);
    for (const name of description.primary) expect(Object.keys(description.metrics)).toContain(name);
  });
});

test('traffic follows from the options', () => {
  // 56 bytes of payload and 48 of headers, ten times there and back.
  expect(kinds.ping.trafficBytes?.(kinds.ping.spec.parse({}))).toBe(2080);
  expect(kinds.http.trafficBytes?.(kinds.http.spec.parse({ method: 'HEAD' }))).toBe(8000);
  expect(kinds.http.trafficBytes?.(kinds.http.spec.parse({ max_bytes: 1000 }))).toBe(9000);
});

test('kinds whose other end must listen measure alone', () => {
  const all: readonly KindDefinition[] = Object.values(kinds);
  for (const { listens, exclusive } of all) if (listens === true) expect(exclusive).toBe(true);
  expect(all.filter(({ listens }) => listens === true).map(({ kind }) => kind)).toEqual(['throughput']);
});

test.each(['benchmark', 'toString', '__proto__', ''])('%j is no kind of ours', (name) => {
  expect(findKindDescription(name)).toBeUndefined();
});
