import type { KindDefinition } from '../../model/kinds/kind.ts';
import { formatInstant } from '../../model/instant.ts';
import type { MeasuredOutcome } from '../../probes/measure.ts';
import { hintFor } from './hints.ts';
import { formatMetric, number } from './metric.ts';
import { keyWords, printable, table } from './text.ts';

export interface Shown {
  readonly definition: KindDefinition;
  readonly target: string;
  readonly outcome: MeasuredOutcome;
}

/** One measurement as one JSON document: a result, before anybody stored it. */
export function measurementJson({ definition, target, outcome }: Shown): string {
  const { startedAt, durationMs, status, failure, metrics, labels, details } = outcome;
  const document = {
    kind: definition.kind,
    target: target === '' ? null : target,
    started_at: formatInstant(startedAt),
    duration_ms: durationMs,
    status,
    failure,
    metrics,
    labels,
    details,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** One measurement for people: the headline, why it failed and what to try, every metric, what else is known. */
export function measurementText({ definition, target, outcome }: Shown): string {
  const name = printable(target === '' ? definition.title.toLowerCase() : `${definition.kind} ${target}`);
  const sections = [headline(name, definition, outcome), metricLines(definition, outcome), ...detailSections(outcome.details)];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function headline(name: string, definition: KindDefinition, { status, failure, metrics }: MeasuredOutcome): string[] {
  if (failure !== null) {
    const hint = hintFor(failure);
    return [
      `${name}: ${status === 'timeout' ? 'timed out' : 'failed'}: ${printable(failure.message)}`,
      `  source ${failure.source}, code ${failure.code}`,
      ...(hint === null ? [] : [`  try: ${hint}`]),
    ];
  }
  const parts = definition.primary.flatMap((metric) => {
    const meaning = definition.metrics[metric];
    const value = metrics[metric];
    return meaning === undefined || value === undefined
      ? []
      : [`${meaning.title.toLowerCase().replace('cpu', 'CPU').replace('dns', 'DNS')} ${formatMetric(value, meaning)}`];
  });
  return [`${name}: ${parts.join(', ')}`];
}

function metricLines(definition: KindDefinition, { metrics }: MeasuredOutcome): string[] {
  const rows = Object.entries(definition.metrics).flatMap(([metric, meaning]) => {
    const value = metrics[metric];
    return value === undefined ? [] : [[meaning.title, formatMetric(value, meaning), meaning.description]];
  });
  return table(rows, { indent: '  ', right: [1] });
}

/** Rows shown of one list; `--json` has them all. */
const MOST_ROWS = 40;

/** Scalars as one block, then every list of records as a table. */
function detailSections(details: MeasuredOutcome['details']): string[][] {
  const scalars: string[][] = [];
  const lists: string[][] = [];
  for (const [key, value] of Object.entries(details)) {
    if (Array.isArray(value)) {
      if (value.length > 0) lists.push(listLines(key, value));
    } else if (value !== null && value !== '') {
      scalars.push([sentenceCase(keyWords(key)), cell(value)]);
    }
  }
  return [table(scalars, { indent: '  ' }), ...lists];
}

function listLines(key: string, items: readonly unknown[]): string[] {
  const shown = items.slice(0, MOST_ROWS);
  const more = items.length > shown.length ? [`    and ${items.length - shown.length} more: --json shows all`] : [];
  const records = shown.filter((item): item is Record<string, unknown> => item !== null && typeof item === 'object');
  const title = `  ${sentenceCase(keyWords(key))}`;
  if (records.length < shown.length) return [title, ...shown.map((item) => `    ${cell(item)}`), ...more];
  const columns = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const numeric = columns.flatMap((column, i) => (records.every((record) => typeof (record[column] ?? 0) === 'number') ? [i] : []));
  const rows = [columns.map(keyWords), ...records.map((record) => columns.map((column) => cell(record[column])))];
  return [title, ...table(rows, { indent: '    ', right: numeric }), ...more];
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (typeof value === 'number') return number(value, 3);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return printable(typeof value === 'string' ? value : JSON.stringify(value));
}

function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
