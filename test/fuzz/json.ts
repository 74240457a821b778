import { Later, type Memory } from './memory.ts';

/** Text that goes into a document as it is: numbers no number can be, nesting, what is no JSON at all. */
export class Raw {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** An object's pairs as they stand: keys may come twice, and be any. */
export class Pairs {
  readonly pairs: readonly (readonly [string, unknown])[];

  constructor(pairs: readonly (readonly [string, unknown])[]) {
    this.pairs = pairs;
  }
}

/** As JSON.stringify, and what it would not write: minus zero, raw text, pairs as they stand, what is only known now. */
export function writeJson(value: unknown, memory: Memory): string {
  if (value instanceof Raw) return value.text;
  if (value instanceof Later) return JSON.stringify(memory.recall(value));
  if (Object.is(value, -0)) return '-0';
  if (Array.isArray(value)) return `[${value.map((item) => writeJson(item, memory)).join(',')}]`;
  if (value instanceof Pairs) return `{${value.pairs.map(([key, item]) => `${JSON.stringify(key)}:${writeJson(item, memory)}`).join(',')}}`;
  return JSON.stringify(value) ?? 'null';
}
