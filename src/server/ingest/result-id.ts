import { createHash } from 'node:crypto';
import type { ResultRow } from '../../store/results/results-store.ts';

/**
 * The id of a result that came without one: SHA-256 of what it says, as a UUID of version 8 (RFC 9562). The same
 * content at the same instant has the same id, so that posting or importing it twice stores it once. Keys are
 * sorted, because their order means nothing.
 */
export function derivedId(row: Omit<ResultRow, 'id'> & { readonly id?: string }): string {
  const { id: _id, clockOffsetMs: _offset, ...content } = row;
  const digest = createHash('sha256').update(canonical(content)).digest();
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x80;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  const hex = digest.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}
