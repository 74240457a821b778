import { Transform, type TransformCallback } from 'node:stream';
import { createGunzip, gunzipSync } from 'node:zlib';

/**
 * Largest packed body that is unpacked in one go, bytes. It cannot grow to more than 8.5 MB (deflate reaches 1,032 : 1,
 * https://zlib.net/zlib_tech.html), and an agent's usual batch is a tenth of it.
 */
const SMALL_BYTES = 8192;

/** Unpacks gzip. A small body is not worth the way to another thread and back, which takes longer than to unpack it. */
export function createUnpacker(packedBytes: number): Transform {
  return packedBytes <= SMALL_BYTES ? new SmallGunzip() : createGunzip();
}

class SmallGunzip extends Transform {
  readonly #chunks: Buffer[] = [];

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#chunks.push(chunk);
    done();
  }

  override _flush(done: TransformCallback): void {
    try {
      done(null, gunzipSync(Buffer.concat(this.#chunks)));
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
