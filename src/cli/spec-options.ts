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
    const shown = defaultValue === '' || defaultValue === undefined ? '' : ` (default ${shownValue(defaultValue)})`;
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
    // What is no number stays a text, so that the schema's message shows what was typed.
    const figure = schema instanceof z.ZodNumber && typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
    spec[key] = Number.isNaN(figure) ? value : figure;
  }
  return spec;
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
      schema: inner,
      defaultValue: withDefault ? schema.def.defaultValue : undefined,
      description: meta?.description ?? key,
    };
  });
}

function shownValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function switchText(description: string, onByDefault: boolean): string {
  return onByDefault ? `switch off: ${description}` : description;
}

/** As commander names what it read. */
function camelCase(key: string): string {
  return key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
