import type { KindDefinition } from '../../model/kinds/kind.ts';
import { formatInstant } from '../../model/instant.ts';
import type { MeasuredOutcome } from '../../probes/measure.ts';
import { detailSections } from './details.ts';
import { hintFor } from './hints.ts';
import { formatMetric } from './metric.ts';
import { printable, table } from './text.ts';

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
  const sections = [headline(name, definition, outcome), metricLines(definition, outcome), ...detailSections(outcome.details, definition.details)];
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
