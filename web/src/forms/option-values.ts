import type { KindDescription, OptionSchema } from '../api/kind-description.ts';

/** What is written in the fields of one kind's options; what is absent is left at its default. */
export type OptionDraft = Readonly<Record<string, string | boolean>>;

/** What a field writes: chosen from few, yes or no, a number, or text. */
export function fieldForm(schema: OptionSchema): 'choice' | 'switch' | 'number' | 'text' {
  if (schema.enum !== undefined) return 'choice';
  if (schema.type === 'boolean') return 'switch';
  return schema.type === 'integer' || schema.type === 'number' ? 'number' : 'text';
}

/** The value a field stands for. A number that is none is sent as it was written: the API says what it expects. */
export function valueOf(schema: OptionSchema, written: string | boolean): unknown {
  if (typeof written === 'boolean') return written;
  const number = Number(written);
  if (fieldForm(schema) === 'number') return written.trim() !== '' && Number.isFinite(number) ? number : written;
  if (fieldForm(schema) === 'choice') return schema.enum?.find((choice) => String(choice) === written) ?? written;
  return written;
}

/** The options of a kind as they are sent: only what was written. */
export function optionsOf({ spec }: KindDescription, draft: OptionDraft): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(draft).flatMap(([key, written]) => {
      const schema = spec.properties[key];
      return schema === undefined || written === '' || written === schema.default ? [] : [[key, valueOf(schema, written)]];
    }),
  );
}

/** What a job holds, as it stands in the fields; what is empty stands in none. */
export function draftOf(options: Readonly<Record<string, unknown>>): OptionDraft {
  const written = Object.entries(options).filter(([, value]) => value !== null);
  return Object.fromEntries(written.map(([key, value]) => [key, typeof value === 'boolean' ? value : String(value)]));
}

/** What a field may hold, in words: `1 to 1,000`; null where anything goes. */
export function limitsText({ minimum, maximum }: OptionSchema): string | null {
  const [low, high] = [minimum?.toLocaleString('en'), maximum?.toLocaleString('en')];
  if (low !== undefined && high !== undefined) return `${low} to ${high}`;
  if (low !== undefined) return `at least ${low}`;
  return high === undefined ? null : `at most ${high}`;
}
