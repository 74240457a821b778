import { TachoError } from '../model/errors.ts';
import { findKind, kindNames, kinds } from '../model/kinds/index.ts';
import { table } from './format/text.ts';
import { describeOptions, specValue } from './spec-options.ts';

/** Options of a job's runs, by kind. */
export type JobOptions = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/**
 * The options that `KIND.KEY=VALUE` texts say, over those that were there. Without a value the kind's default holds
 * again. Whether a value fits is for the kind's schema to say, which the API asks.
 * @throws {TachoError} invalid_request, for what is no option of a kind
 */
export function readJobOptions(texts: readonly string[], before: JobOptions): JobOptions {
  const options: Record<string, Record<string, unknown>> = Object.fromEntries(Object.entries(before).map(([kind, values]) => [kind, { ...values }]));
  for (const text of texts) {
    const match = /^([^.=]+)\.([^=]+)=(.*)$/s.exec(text);
    if (match === null)
      throw new TachoError('invalid_request', `invalid --option: expected KIND.KEY=VALUE such as ping.count=5, got ${JSON.stringify(text)}`);
    const [, kind = '', key = '', value = ''] = match;
    const definition = findKind(kind);
    if (definition === undefined)
      throw new TachoError('invalid_request', `invalid --option ${text}: expected a kind of ${kindNames.join(', ')}, got ${JSON.stringify(kind)}`);
    const known = Object.keys(definition.spec.shape);
    if (!known.includes(key)) {
      throw new TachoError(
        'invalid_request',
        `invalid --option ${text}: expected for ${kind} one of ${known.join(', ')}, got ${JSON.stringify(key)}`,
      );
    }
    const values = (options[kind] ??= {});
    values[key] = value === '' ? undefined : specValue(definition, key, value);
  }
  const said = Object.entries(options).map(([kind, values]) => [kind, Object.entries(values).filter(([, value]) => value !== undefined)] as const);
  return Object.fromEntries(said.filter(([, values]) => values.length > 0).map(([kind, values]) => [kind, Object.fromEntries(values)]));
}

/** Every option of every kind, a line each, for the help text. */
export function jobOptionsHelp(): string[] {
  return table(
    kindNames.flatMap((kind) => describeOptions(kinds[kind]).map(({ key, text }) => [`${kind}.${key}`, text])),
    { indent: '  ' },
  );
}
