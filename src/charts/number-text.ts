import type { MetricDefinition, Unit } from '../model/units.ts';

/** How a unit is written after a number; '' where the number stands alone. */
const unitTexts: Readonly<Record<Unit, string>> = {
  ms: 'ms',
  s: 's',
  pct: '%',
  mbps: 'Mbit/s',
  mb: 'MiB',
  bytes: 'B',
  count: '',
  days: 'd',
  code: '',
  load: '',
  celsius: '°C',
};

export function unitText(unit: Unit): string {
  return unitTexts[unit];
}

/** A metric's number with its own decimals and no unit: for table cells and axes that say the unit elsewhere. */
export function numberText(definition: Pick<MetricDefinition, 'unit' | 'decimals'>, value: number): string {
  return value.toLocaleString('en', {
    minimumFractionDigits: definition.decimals,
    maximumFractionDigits: definition.decimals,
    // A code is a name made of digits: 1,404 would not be one.
    useGrouping: definition.unit !== 'code',
  });
}

/** A metric's number with its unit, joined by a space that does not break. */
export function metricText(definition: Pick<MetricDefinition, 'unit' | 'decimals'>, value: number): string {
  const unit = unitText(definition.unit);
  return unit === '' ? numberText(definition, value) : `${numberText(definition, value)}\u00a0${unit}`;
}

/** A count of things in words: `1 agent`, `12 agents`. */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}
