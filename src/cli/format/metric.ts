import type { MetricDefinition, Unit } from '../../model/units.ts';

/** Sizes step by 1024 from MiB and by 1000 from bytes: memory is counted in powers of two, traffic is not. */
const formats: Record<Unit, (value: number, decimals: number) => string> = {
  ms: (value, decimals) => `${number(value, decimals)} ms`,
  s: (value) => duration(value),
  pct: (value, decimals) => `${number(value, decimals)} %`,
  mbps: (value, decimals) => `${number(value, decimals)} Mbit/s`,
  mb: (value, decimals) => (value >= 10_240 ? `${number(value / 1024, 1)} GiB` : `${number(value, decimals)} MiB`),
  bytes: (value) => bytes(value),
  count: number,
  days: (value) => `${Math.floor(value)} ${Math.floor(value) === 1 ? 'day' : 'days'}`,
  code: (value) => String(value),
  load: number,
  celsius: (value, decimals) => `${number(value, decimals)} °C`,
};

/** A metric's value as people read it: its unit, its usual decimals. */
export function formatMetric(value: number, { unit, decimals }: Pick<MetricDefinition, 'unit' | 'decimals'>): string {
  return formats[unit](value, decimals);
}

/** Decimals beyond which nobody reads. */
const MOST_DECIMALS = 3;

/** A number with at least two significant digits, so that 0.034 does not become 0.03; whole numbers stay whole. */
export function number(value: number, decimals: number): string {
  if (Number.isInteger(value)) return String(value);
  const needed = Math.abs(value) >= 1 ? decimals : Math.max(decimals, 1 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(MOST_DECIMALS, needed));
}

/** `88 bytes`, `19.1 kB`, `2.1 MB`. */
export function bytes(value: number): string {
  if (value < 1000) return `${value} bytes`;
  if (value < 1e6) return `${number(value / 1e3, 1)} kB`;
  return value < 1e9 ? `${number(value / 1e6, 1)} MB` : `${number(value / 1e9, 1)} GB`;
}

/** The two largest parts of a time: `3 d 4 h`, `12 min 5 s`. */
function duration(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [Math.floor(seconds) % 60, 's'],
  ] as const;
  const first = parts.findIndex(([amount]) => amount > 0);
  if (first === -1) return `${number(seconds, 1)} s`;
  return parts
    .slice(first, first + 2)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(' ');
}
