// Replies, certificates and DNS records hold what strangers wrote: nothing of it may move a terminal's cursor.
// eslint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** A text on one line of a terminal, with control and direction characters shown as `?`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, '?');
}

/** Written in capitals, as everybody does. */
const ACRONYMS = new Set(['url', 'http', 'dns', 'tls', 'ttl', 'rtt', 'rx', 'tx', 'ip', 'asn']);

/** Words of a snake_case key; a unit at its end goes into parentheses: `rtt_ms` is `rtt (ms)`. */
export function keyWords(key: string): string {
  const match = /^(.+)_(ms|mbps|pct)$/.exec(key);
  const words = (match?.[1] ?? key)
    .split('_')
    .map((word) => (ACRONYMS.has(word) ? word.toUpperCase() : word))
    .join(' ');
  const unit = { ms: 'ms', mbps: 'Mbit/s', pct: '%' }[match?.[2] ?? ''];
  return unit === undefined ? words : `${words} (${unit})`;
}

/** Columns as wide as their widest cell, two spaces between; numbers to the right. `indent` goes before every line. */
export function table(rows: readonly (readonly string[])[], { indent = '', right = [] as readonly number[] } = {}): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  return rows.map((row) => {
    const cells = row.map((cell, i) => (right.includes(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)));
    return `${indent}${cells.join('  ')}`.trimEnd();
  });
}
