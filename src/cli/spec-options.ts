import { Option } from 'commander';
import * as z from 'zod';
import type { KindDefinition } from '../model/kinds/kind.ts';

/** One option of a run, as its schema says. */
interface SpecOption {
  /** As in the schema: `period_ms`. */
  readonly key: string;
  /** Without its default. */
  readonly schema: unknown;
  readonly defaultValue: unknown;
  readonly description: string;
}

/** Command-line options of a kind's specification: `--period-ms <n>`, `--family <any|ipv4|ipv6>`, `--no-verify-tls`. */
export function specOptions(definition: KindDefinition): Option[] {
  return optionsOf(definition).map(({ key, schema, defaultValue, description }) => {
    const flag = key.replaceAll('_', '-');
    // A switch that is on by default is turned off; the option's text says what it is when on.
    if (schema instanceof z.ZodBoolean)
      return new Option(defaultValue === true ? `--no-${flag}` : `--${flag}`, switchText(description, defaultValue === true));
    const shown = defaultText(defaultValue);
    if (schema instanceof z.ZodEnum) {
      const choices = schema.options.map(String);
      return new Option(`--${flag} <word>`, `${description}${shown}`).choices(choices);
    }
    return new Option(`--${flag} <${schema instanceof z.ZodNumber ? 'n' : 'text'}>`, `${description}${shown}`);
  });
}

/** The raw specification from what commander read; values are still to be validated by the kind's schema. */
export function specFrom(definition: KindDefinition, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const spec: Record<string, unknown> = {};
  for (const { key, schema } of optionsOf(definition)) {
    const value = values[camelCase(key)];
    if (value === undefined) continue;
    spec[key] = typed(schema, value);
  }
  return spec;
}

/** One option's value from its text; still to be validated by the kind's schema. */
export function specValue(definition: KindDefinition, key: string, text: string): unknown {
  const option = optionsOf(definition).find((known) => known.key === key);
  if (option?.schema instanceof z.ZodBoolean) return { true: true, false: false, yes: true, no: false }[text] ?? text;
  return typed(option?.schema, text);
}

/** Every option of a kind with its meaning, what it takes and its default, in words. */
export function describeOptions(definition: KindDefinition): { readonly key: string; readonly text: string }[] {
  return optionsOf(definition).map(({ key, schema, defaultValue, description }) => {
    const choices = schema instanceof z.ZodBoolean ? ['true', 'false'] : schema instanceof z.ZodEnum ? schema.options.map(String) : [];
    const takes = choices.every((choice) => description.includes(choice)) ? '' : `: ${choices.join(', ')}`;
    return { key, text: `${description}${takes}${defaultText(defaultValue)}` };
  });
}

/** What is no number stays a text, so that the schema's message shows what was typed. */
function typed(schema: unknown, value: unknown): unknown {
  const figure = schema instanceof z.ZodNumber && typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  return Number.isNaN(figure) ? value : figure;
}

function defaultText(value: unknown): string {
  return value === '' || value === null || value === undefined ? '' : ` (default ${typeof value === 'string' ? value : JSON.stringify(value)})`;
}

/** The flag of a schema's key, for messages. */
export function flagOf(key: string): string {
  return `--${key.replaceAll('_', '-')}`;
}

function optionsOf(definition: KindDefinition): SpecOption[] {
  return Object.entries(definition.spec.shape).map(([key, schema]) => {
    const meta = z.globalRegistry.get(schema);
    const withDefault = schema instanceof z.ZodDefault;
    const inner: unknown = withDefault ? schema.unwrap() : schema;
    return {
      key,
      // What may be empty is left out on the command line: what it takes otherwise decides.
      schema: inner instanceof z.ZodNullable ? inner.unwrap() : inner,
      defaultValue: withDefault ? schema.def.defaultValue : undefined,
      description: meta?.description ?? key,
    };
  });
}

function switchText(description: string, onByDefault: boolean): string {
  return onByDefault ? `switch off: ${description}` : description;
}

/** As commander names what it read. */
function camelCase(key: string): string {
  return key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
