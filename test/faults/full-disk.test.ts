import { unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { formatInstant } from '../../src/model/instant.ts';
import { RESULTS_PATH } from '../../src/protocol/batch.ts';
import { seededRandom } from '../../src/util/random.ts';
import { Api, type ApiAnswer } from '../support/api.ts';
import { startServerProgram, tokenOf } from '../support/server-program.ts';
import { mountSmallDisk, smallDiskUnavailable } from '../support/small-disk.ts';

const unavailable = smallDiskUnavailable();
if (unavailable !== null) console.info(`skipped: a server whose disk is full: ${unavailable}`);

const DISK_MB = 40;
/** What others take up; its removal is the room that comes back. */
const BALLAST_MB = 24;
const BATCH = 1000;
/** Far more batches than the disk can hold. */
const MOST_BATCHES = 300;

test.skipIf(unavailable !== null)(
  'a server whose disk is full says so, keeps nothing by halves, and goes on when there is room',
  { timeout: 90_000 },
  async () => {
    using disk = mountSmallDisk(DISK_MB);
    const ballast = join(disk.path, 'ballast');
    await writeFile(ballast, Buffer.alloc(BALLAST_MB * 1_048_576));
    const data = join(disk.path, 'data');
    const server = startServerProgram({ data, port: 0 });
    try {
      const url = await server.ready;
      const admin = new Api(url, tokenOf(data));
      const { credential } = await admin.enrol('agent', await admin.enrolmentToken('full disk'));
      const agent = new Api(url, credential);
      const random = seededRandom(11);
      const startedAt = Date.now() - 3_600_000;
      // Noise, because results that compress well would fit the disk.
      const post = (first: number): Promise<ApiAnswer> =>
        agent.post(RESULTS_PATH, {
          epoch: 'a',
          results: Array.from({ length: BATCH }, (_, i) => ({
            seq: first + i,
            started_at: formatInstant(startedAt + first + i),
            kind: 'ping',
            status: 'success',
            metrics: { rtt_avg_ms: random() },
            details: { number: first + i, noise: Array.from({ length: 12 }, () => random()).join('') },
          })),
        });

      let first = 1;
      let answer = await post(first);
      for (let batch = 1; batch < MOST_BATCHES && answer.status === 200; batch++) {
        expect(answer.body).toMatchObject({ stored: BATCH, refused: [], acknowledged: first + BATCH - 1 });
        first += BATCH;
        answer = await post(first);
      }
      expect(answer.status).toBe(503);
      expect(answer.body.error.code).toBe('unavailable');
      // It lives, and what it acknowledged can be read while nothing can be written.
      expect((await admin.get('/api/health')).status).toBe(200);
      expect((await admin.get('/api/results', { limit: '1' })).status).toBe(200);

      await unlink(ballast);
      const again = await post(first);
      expect({ status: again.status, acknowledged: again.body.acknowledged }).toEqual({ status: 200, acknowledged: first + BATCH - 1 });
      // A commit that failed while the log was folded in may have become durable all the same; then it comes as duplicates.
      expect([`${BATCH} 0`, `0 ${BATCH}`]).toContain(`${again.body.stored} ${again.body.duplicates}`);
      const numbers = (await admin.all('/api/results')).map(({ details }) => Number(details.number));
      expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: first + BATCH - 1 }, (_, i) => i + 1));
      console.info(
        `${first - 1} results fit, then 503 ${answer.body.error.code}: ${answer.body.error.message}; with room again all ${numbers.length} are there once`,
      );
    } finally {
      await server.end();
    }
  },
);
