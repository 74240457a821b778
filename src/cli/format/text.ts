// Replies, certificates and DNS records hold what strangers wrote: nothing of it may move a terminal's cursor.
// eslint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** A text on one line of a terminal, with control and direction characters shown as `?`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, '?');
}

/** A document as JSON texts write it, where control characters that JSON permits in texts are escaped as well. */
export function jsonText(document: unknown): string {
  const escaped = (character: string): string => (character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `${JSON.stringify(document, null, 2).replace(UNPRINTABLE, escaped)}\n`;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Scripts and pictures that terminals draw two columns wide (Unicode TR 11, wide and full width, in the main). */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** Columns of a terminal that a printable text takes. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += WIDE.test(segment) ? 2 : 1;
  return width;
}

/** Written in capitals, as everybody does. */
const ACRONYMS = new Set('url http dns tls ttl rtt rx tx ip asn cpu tcp udp icmp mss id'.split(' '));

/** What the last word of a key says of its value's unit. */
const keyUnits: Readonly<Record<string, string>> = { ms: 'ms', s: 's', mbps: 'Mbit/s', pct: '%', mb: 'MiB', km: 'km' };

/** A snake_case key in words, and its unit where it ends in one: `rtt_ms` is `RTT` in `ms`. */
export function keyParts(key: string): { readonly words: string; readonly unit: string | null } {
  const parts = key.split('_');
  const unit = parts.length > 1 ? (keyUnits[parts.at(-1) ?? ''] ?? null) : null;
  const words = (unit === null ? parts : parts.slice(0, -1)).map((word) => (ACRONYMS.has(word) ? word.toUpperCase() : word)).join(' ');
  return { words, unit };
}

/** The same as one text, as heads of columns have it: `RTT (ms)`. */
export function keyWords(key: string): string {
  const { words, unit } = keyParts(key);
  return unit === null ? words : `${words} (${unit})`;
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
