import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { createUnpacker } from './unpack.ts';

/** What comes of a packed body that arrives in pieces. */
async function unpacked(packed: Buffer, pieceBytes = 1000): Promise<Buffer> {
  const pieces = Array.from({ length: Math.ceil(packed.length / pieceBytes) }, (_, i) => packed.subarray(i * pieceBytes, (i + 1) * pieceBytes));
  const unpacker = createUnpacker(packed.length);
  Readable.from(pieces)
    .on('error', (error) => unpacker.destroy(error))
    .pipe(unpacker);
  return buffer(unpacker);
}

describe('unpacking a body', () => {
  test.each([
    ['of one byte', Buffer.from('7')],
    ['that stays small', randomBytes(4000)],
    ['that grows a thousandfold', Buffer.alloc(5_000_000, '[')],
    ['that is large', randomBytes(100_000)],
  ])('answers one %s as it was', async (_, body) => {
    expect((await unpacked(gzipSync(body))).equals(body)).toBe(true);
  });

  test.each([
    ['small', 100],
    ['large', 100_000],
  ])('a %s one that is not gzip, or was cut off, is refused alike', async (_, bytes) => {
    await expect(unpacked(randomBytes(bytes).fill(1, 0, 4))).rejects.toMatchObject({ code: 'Z_DATA_ERROR' });
    const whole = gzipSync(randomBytes(bytes));
    await expect(unpacked(whole.subarray(0, whole.length - 10))).rejects.toMatchObject({ code: 'Z_BUF_ERROR' });
  });
});
