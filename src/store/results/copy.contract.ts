import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { OpenStore, Subject } from './results-store.contract.ts';
import { resultRow, resultRows } from './test-rows.ts';

export function copyContract(subject: Subject, open: OpenStore): void {
  describe('a copy', () => {
    /** A copy in a directory of its own, under the name that the store itself uses. */
    const target = async (): Promise<{ directory: string; path: string }> => {
      const name = (await readdir(subject.directory)).find((file) => !file.endsWith('.wal')) ?? '';
      const directory = join(subject.directory, 'copy');
      await mkdir(directory);
      return { directory, path: join(directory, name) };
    };

    test('holds everything acknowledged before it, and its marks; the store goes on', async () => {
      const rows = resultRows(50, () => ({}));
      await subject.store.appendSpool({ agentId: 1, epoch: 'e', rows, seqs: rows.map((_, i) => i + 1), through: 50 });
      const { directory, path } = await target();
      await subject.store.copyTo(path);
      await subject.store.appendForeign({ rows: [resultRow({ agentId: 2 })] });
      const copy = await open(directory);
      expect((await copy.stats()).results).toBe(50);
      expect(await copy.highWater(1, 'e')).toBe(50);
      await copy.close();
      expect((await subject.store.stats()).results).toBe(51);
    });

    test('made under load holds a whole number of batches, and all that were acknowledged before it was asked for', async () => {
      const { directory, path } = await target();
      let acknowledged = 0;
      let copying: Promise<void> | undefined;
      let before = 0;
      for (let batch = 0; batch < 30; batch++) {
        const rows = resultRows(20, () => ({ agentId: batch + 1 }));
        const append = subject.store.appendForeign({ rows }).then(() => (acknowledged += 20));
        if (batch === 15) {
          before = acknowledged;
          copying = subject.store.copyTo(path);
        }
        if (batch % 3 === 0) await append;
      }
      await copying;
      const copy = await open(directory);
      const { results } = await copy.stats();
      expect(results % 20).toBe(0);
      expect(results).toBeGreaterThanOrEqual(before);
      await copy.close();
    });

    test('does not replace a file', async () => {
      const { path } = await target();
      await subject.store.copyTo(path);
      await expect(subject.store.copyTo(path)).rejects.toMatchObject({ code: 'conflict' });
      await expect(subject.store.copyTo(join(subject.directory, 'nowhere', 'x'))).rejects.toMatchObject({ code: 'unavailable' });
      await subject.store.appendForeign({ rows: [resultRow()] });
      expect((await subject.store.stats()).results).toBe(1);
    });
  });
}
