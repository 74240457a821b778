import type { Capabilities } from '../../model/agent.ts';
import type { KindDefinition } from '../../model/kinds/kind.ts';
import { printable, table } from './text.ts';

const units: Readonly<Record<string, string>> = { pct: '%', mbps: 'Mbit/s', mb: 'MiB', count: '', code: '', load: '', celsius: '°C' };

const directions = { lower: 'lower is better', higher: 'higher is better' } as const;

/** Every kind with its metrics and with what measures it here, as one JSON document. */
export function kindsJson(definitions: readonly KindDefinition[], found: Capabilities): string {
  const document = definitions.map(({ kind, title, description, target, metrics, primary }) => ({
    kind,
    title,
    description,
    target,
    primary,
    metrics,
    here: found[kind] ?? null,
  }));
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** The same for people. */
export function kindsText(definitions: readonly KindDefinition[], found: Capabilities): string {
  const blocks = definitions.map(({ kind, description, metrics }) => {
    const rows = Object.entries(metrics).map(([name, { unit, better, description: meaning }]) => [
      name,
      units[unit] ?? unit,
      better === null ? '' : directions[better],
      meaning,
    ]);
    return [`${kind}: ${description}`, `  here: ${here(found[kind])}`, ...table(rows, { indent: '    ' })].join('\n');
  });
  return `${blocks.join('\n\n')}\n`;
}

function here(capability: Capabilities[string] | undefined): string {
  if (capability === undefined) return 'unknown';
  const tool = [capability.tool, capability.version].filter((part) => part !== null).join(' ');
  const note = capability.note === null ? '' : `: ${capability.note}`;
  return printable(capability.available ? `yes, by ${tool}${note}` : `no${note}`);
}
