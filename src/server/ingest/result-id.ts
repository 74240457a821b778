import { hash } from 'node:crypto';
import type { ResultRow } from '../../store/results/results-store.ts';

/**
 * The id of a result that came without one: SHA-256 of what it says, as a UUID of version 8 (RFC 9562). The same
 * content at the same instant has the same id, so that posting or importing it twice stores it once. Keys are
 * sorted, because their order means nothing.
 */
export function derivedId(row: Omit<ResultRow, 'id'> & { readonly id?: string }): string {
  const { id: _id, clockOffsetMs: _offset, ...content } = row;
  const digest = hash('sha256', canonical(content), 'buffer');
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x80;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  const hex = digest.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

function canonical(value: unknown): string {
  // In a list; elsewhere it is as good as absent.
  if (value === undefined) return 'null';
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  let text = '';
  for (const key of Object.keys(value).sort()) {
    const item = (value as Record<string, unknown>)[key];
    if (item !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonical(item)}`;
  }
  return `{${text}}`;
}
