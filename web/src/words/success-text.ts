/** A share of successes: 100 % only where all succeeded, 0 % only where none did. */
export function successText(pct: number | null): string {
  if (pct === null) return '–';
  const shown = pct === 0 || pct === 100 ? String(pct) : Math.min(99.9, Math.max(0.1, pct)).toFixed(1);
  return `${shown}\u00a0%`;
}
