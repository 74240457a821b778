import fc from 'fast-check';
import { oddKey, oddNumber, oddText, oddValue } from './hostile.ts';
import { Pairs } from './json.ts';
import { Later, type Remembered } from './memory.ts';

/** As much of JSON Schema as the API document uses; another word fails the run rather than going unheard. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly propertyNames?: Schema;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly description?: string;
}

const words = new Set(
  [
    '$ref type enum const anyOf oneOf properties required additionalProperties propertyNames items minItems maxItems minLength maxLength',
    'pattern format minimum maximum exclusiveMinimum exclusiveMaximum default description examples',
  ].flatMap((line) => line.split(' ')),
);

export interface ValuesOptions {
  readonly components: Readonly<Record<string, Schema>>;
  /** One value in so many is not what the schema says; none where it is 0. */
  readonly wrongOneIn: number;
}

export type Values = (schema: Schema, name: string) => fc.Arbitrary<unknown>;

/** Values of a schema. What the schema cannot say (which metrics there are, which jobs) is known by a property's name. */
export function schemaValues({ components, wrongOneIn }: ValuesOptions): Values {
  const values = (schema: Schema, name: string): fc.Arbitrary<unknown> => {
    const unknown = Object.keys(schema).find((word) => !words.has(word));
    if (unknown !== undefined) throw new Error(`${name}: the schema word ${unknown} is not known here: add it`);
    const fitting = fittingValues(schema, name);
    if (wrongOneIn === 0) return fitting;
    return fc.oneof({ weight: wrongOneIn, arbitrary: fitting }, { weight: 1, arbitrary: wrongValue(schema) });
  };

  const fittingValues = (schema: Schema, name: string): fc.Arbitrary<unknown> => {
    if (schema.$ref !== undefined) {
      const target = components[schema.$ref.replace('#/components/schemas/', '')];
      if (target === undefined) throw new Error(`${schema.$ref} is not in the document`);
      return values(target, name);
    }
    const choices = schema.anyOf ?? schema.oneOf;
    if (choices !== undefined) {
      const known = named[name];
      const any = fc.oneof(...choices.map((choice) => values(choice, name)));
      return known === undefined || choices.every(({ type }) => type === 'object')
        ? any
        : fc.oneof({ weight: 3, arbitrary: known }, { weight: 1, arbitrary: any });
    }
    if (schema.const !== undefined) return fc.constant(schema.const);
    if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
    // A text of a form that the schema cannot say.
    if (schema.examples !== undefined && schema.type === 'string') return fc.constantFrom(...schema.examples);
    const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? ['null', 'boolean', 'number', 'string']);
    return fc.oneof(...types.map((type) => ofType(type, schema, name)));
  };

  const ofType = (type: string, schema: Schema, name: string): fc.Arbitrary<unknown> => {
    if (type === 'null') return fc.constant(null);
    if (type === 'boolean') return fc.boolean();
    if (type === 'integer' || type === 'number') return numbers(schema, type === 'integer');
    if (type === 'string') return texts(schema, name);
    if (type === 'array') {
      const { items = {}, minItems = 0, maxItems = Infinity } = schema;
      return fc.array(values(items, name), { minLength: minItems, maxLength: Math.min(maxItems, minItems + 4) });
    }
    if (type === 'object') return schema.properties === undefined ? record(schema, name) : object(schema);
    throw new Error(`${name}: the type ${type} is not known here: add it`);
  };

  const object = ({ properties = {}, required = [], additionalProperties = true }: Schema): fc.Arbitrary<unknown> => {
    const fields = Object.entries(properties).map(([key, property]) => {
      const value = values(property, key).map((one): [string, unknown][] => [[key, one]]);
      const absent = required.includes(key) ? (wrongOneIn === 0 ? 0 : 1) : wrongOneIn === 0 ? 20 : 12;
      return fc.oneof({ weight: 20, arbitrary: value }, { weight: absent, arbitrary: fc.constant<[string, unknown][]>([]) });
    });
    const mayHaveMore = additionalProperties !== false || wrongOneIn > 0;
    const more = fc.array(fc.tuple(oddKey(), oddValue()), { minLength: 1, maxLength: 2 });
    const extra = fc.oneof(
      { weight: wrongOneIn === 0 ? 1 : 20, arbitrary: fc.constant<[string, unknown][]>([]) },
      { weight: mayHaveMore && wrongOneIn > 0 ? 1 : 0, arbitrary: more },
    );
    return fc.tuple(extra, ...fields).map((parts) => new Pairs(parts.flat()));
  };

  const record = ({ additionalProperties = {}, propertyNames = {} }: Schema, name: string): fc.Arbitrary<unknown> => {
    const known = namedRecords[name];
    if (known !== undefined && wrongOneIn === 0) return known;
    const value = typeof additionalProperties === 'object' ? values(additionalProperties, `${name}.value`) : fc.string();
    const key = fc.oneof(texts(propertyNames, `${name}.key`) as fc.Arbitrary<string>, ...(wrongOneIn === 0 ? [] : [oddKey()]));
    const any = fc.array(fc.tuple(key, value), { maxLength: 4 }).map((pairs) => new Pairs(pairs));
    return known === undefined ? any : fc.oneof(known, any);
  };
  return values;
}

const recall = (...kinds: readonly Remembered[]): fc.Arbitrary<unknown> =>
  fc.record({ what: fc.constantFrom(...kinds), pick: fc.nat(30) }).map(({ what, pick }) => new Later(what, pick));
const ago = fc.oneof(fc.integer({ min: 0, max: 7200 }), fc.integer({ min: -300, max: 40 * 86_400 })).map((seconds) => new Later('ago', seconds));
const newName = fc
  .record({ word: fc.constantFrom('edge', 'Büro', 'lab 7', 'relay.example.org'), number: fc.nat(9999) })
  .map(({ word, number }) => `${word}-${number}`);

/** The passwords that are ever set: no answer may hold one. */
export const passwords = ['fuzz correct horse one', 'fuzz correct horse two'] as const;

/** What a property of this name would sensibly hold. */
const named: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  name: fc.oneof({ weight: 9, arbitrary: newName }, { weight: 1, arbitrary: recall('agent', 'destination', 'job') }),
  host: fc.constantFrom('127.0.0.1', '::1', 'relay.example.org', 'http://127.0.0.1:9/x?y=1'),
  agent: recall('agent'),
  agents: fc.oneof(recall('agent'), fc.constantFrom('*', 'label:site=lab', 'label:role=probe')),
  machine_id: recall('agent'),
  destination: recall('destination'),
  destinations: fc.oneof(recall('destination'), fc.constantFrom('tag:lab', 'tag:far')),
  job: recall('job'),
  tags: fc.constantFrom('lab', 'far', 'größer'),
  kind: fc.constantFrom('ping', 'dns', 'http', 'system', 'speedtest', 'odd_kind'),
  status: fc.constantFrom('success', 'failed', 'timeout', 'skipped', 'completed', 'error'),
  metric: fc.constantFrom('rtt_avg_ms', 'loss_pct', 'download_mbps', 'cpu_pct'),
  label: fc.constantFrom('site=lab', 'role=probe', 'site='),
  widget_type: fc.constantFrom('speedtest', 'wifi', 'system'),
  link: recall('link'),
  password: fc.constantFrom(...passwords),
  nonce: fc.nat(5).map((number) => `nonce-${number}-`.padEnd(43, 'n')),
  cursor: recall('cursor'),
  id: recall('result'),
  expires_at: fc.constantFrom('2099-01-01T00:00:00Z', null),
  from: ago,
  to: ago,
  start_time: ago,
  end_time: ago,
  'metrics.key': fc.constantFrom('rtt_avg_ms', 'loss_pct', 'download_mbps', 'upload_mbps', 'x.y:z'),
  'labels.key': fc.constantFrom('site', 'role', 'rack'),
  'labels.value': fc.constantFrom('lab', 'probe', ''),
};

const pairsOf = (record: Readonly<Record<string, unknown>>): Pairs => new Pairs(Object.entries(record));

/** What a record of this name would sensibly hold. */
const namedRecords: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  options: fc.constantFrom(pairsOf({}), pairsOf({ ping: pairsOf({ count: 2 }) }), pairsOf({ dns: pairsOf({}) }), pairsOf({ system: pairsOf({}) })),
  data: fc
    .record({
      download: fc.double({ min: 0, max: 1e4, noNaN: true }),
      ping: fc.oneof(fc.nat(500), fc.constant(null)),
      word: fc.constantFrom('speed', 'ü', ''),
    })
    .map(pairsOf),
};

function texts({ minLength = 0, maxLength = 60, pattern, format }: Schema, name: string): fc.Arbitrary<unknown> {
  const known = named[name];
  if (format === 'date-time')
    return fc.oneof(
      { weight: 4, arbitrary: known ?? ago },
      { weight: 1, arbitrary: fc.constantFrom('2026-11-22', '2026-11-22T10:00:00', '1970-01-01T00:00:00Z', '2026-11-22T10:00:00+10:00') },
    );
  if (format === 'uuid') return fc.uuid();
  // A name that the pattern does not allow is a wrong value, and those are made elsewhere.
  if (known !== undefined) return fc.oneof({ weight: 5, arbitrary: known }, { weight: 1, arbitrary: plain({ minLength, maxLength, pattern }) });
  return plain({ minLength, maxLength, pattern });
}

function plain({
  minLength,
  maxLength,
  pattern,
}: {
  readonly minLength: number;
  readonly maxLength: number;
  readonly pattern: string | undefined;
}): fc.Arbitrary<string> {
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  return fc.oneof(
    { weight: 8, arbitrary: fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 20) }) },
    { weight: 2, arbitrary: fc.string({ unit: 'grapheme', minLength: Math.min(minLength, 5), maxLength: Math.min(maxLength, 12) }) },
    { weight: 1, arbitrary: fc.constantFrom(minLength, maxLength).map((length) => 'x'.repeat(length)) },
  );
}

function numbers({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Schema, whole: boolean): fc.Arbitrary<number> {
  const step = whole ? 1 : Number.MIN_VALUE;
  const min = minimum ?? (exclusiveMinimum === undefined ? -1e6 : exclusiveMinimum + step);
  const max = maximum ?? (exclusiveMaximum === undefined ? Math.max(min, 1e6) : exclusiveMaximum - step);
  const near = Math.min(max, min + 100);
  if (whole)
    return fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min, max: near }) },
      { weight: 1, arbitrary: fc.integer({ min, max }) },
      { weight: 1, arbitrary: fc.constantFrom(min, max) },
    );
  return fc.oneof(fc.double({ min, max, noNaN: true }), fc.integer({ min: Math.ceil(min), max: Math.floor(near) }));
}

function wrongValue(schema: Schema): fc.Arbitrary<unknown> {
  const types = [schema.type ?? []].flat();
  // Most faults are not of another type but just outside of what this one may be.
  if (types.includes('string')) return fc.oneof({ weight: 2, arbitrary: oddText() }, { weight: 1, arbitrary: oddValue() });
  if (types.includes('integer') || types.includes('number'))
    return fc.oneof({ weight: 2, arbitrary: oddNumber() }, { weight: 1, arbitrary: oddValue() });
  return oddValue();
}
