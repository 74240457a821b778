/** Random bytes a version 7 UUID needs. */
export const UUID7_RANDOM_BYTES = 10;

/**
 * A version 7 UUID (RFC 9562, 5.7): 48 bits of epoch milliseconds, then chance. Ids made later sort later, which
 * keeps an index of them compact. `random` holds at least ten bytes.
 */
export function uuid7(epochMs: number, random: Uint8Array): string {
  if (random.length < UUID7_RANDOM_BYTES) throw new RangeError(`invalid randomness: expected ${UUID7_RANDOM_BYTES} bytes, got ${random.length}`);
  const time = Math.max(0, Math.floor(epochMs)).toString(16).padStart(12, '0').slice(-12);
  const rest = Array.from(random.subarray(0, UUID7_RANDOM_BYTES), (byte, i) => {
    if (i === 0) return (byte & 0x0f) | 0x70;
    if (i === 2) return (byte & 0x3f) | 0x80;
    return byte;
  });
  const hex = time + rest.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
