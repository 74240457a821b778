/** What is empty is nothing, not an empty text. */
export function textOrNull(written: string): string | null {
  return written.trim() === '' ? null : written;
}
