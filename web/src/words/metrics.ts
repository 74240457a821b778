import { metricText } from '../../../src/charts/number-text.ts';
import { findKindDescription } from '../../../src/model/kinds/index.ts';
import type { Result } from '../../../src/model/result.ts';

/** The title of a kind; the name itself where an outside system posts it. */
export function kindTitle(kind: string): string {
  return findKindDescription(kind)?.title ?? kind;
}

export interface MetricWords {
  readonly title: string;
  readonly text: string;
}

/** A result's headline: the first of its kind's primary metrics that it carries. Null where it carries none. */
export function headline(result: Pick<Result, 'kind' | 'metrics'>): MetricWords | null {
  const kind = findKindDescription(result.kind);
  for (const name of kind?.primary ?? []) {
    const value = result.metrics[name];
    const definition = kind?.metrics[name];
    if (value !== undefined && definition !== undefined) return { title: definition.title, text: metricText(definition, value) };
  }
  if (kind !== undefined) return null;
  const [first] = Object.entries(result.metrics);
  // A metric of an unknown kind has no decimals of its own: four significant digits say enough.
  return first === undefined ? null : { title: first[0], text: first[1].toLocaleString('en', { maximumSignificantDigits: 4 }) };
}
