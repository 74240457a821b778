import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe } from 'vitest';
import { appendContract } from './append.contract.ts';
import { copyContract } from './copy.contract.ts';
import { listContract } from './list.contract.ts';
import type { ResultsStore } from './results-store.ts';
import { runsContract } from './runs.contract.ts';
import { seriesContract } from './series.contract.ts';
import { valuesContract } from './values.contract.ts';

/** Opens the store that lives in a directory; the same directory gives the same results again. */
export type OpenStore = (directory: string) => Promise<ResultsStore>;

/** The store under test: one in an empty directory for each test. */
export interface Subject {
  readonly store: ResultsStore;
  /** Where it lives. */
  readonly directory: string;
  /** Closes the store and opens it again. */
  reopen(): Promise<ResultsStore>;
}

/** What every engine of the data plane keeps. Each member's test calls this with its own way to open a store. */
export function resultsStoreContract(open: OpenStore): void {
  // Every test waits for real disks, and some write ten thousand results: the usual limit is for an idle machine.
  describe('results store contract', { timeout: 60_000 }, () => {
    let directory = '';
    let store: ResultsStore | null = null;

    beforeEach(async () => {
      directory = await mkdtemp(join(tmpdir(), 'tacho-results-'));
      store = await open(directory);
    });

    afterEach(async () => {
      await store?.close();
      store = null;
      await rm(directory, { recursive: true, force: true });
    });

    const subject: Subject = {
      get directory() {
        return directory;
      },
      get store() {
        if (store === null) throw new Error('no store is open');
        return store;
      },
      async reopen() {
        await store?.close();
        store = await open(directory);
        return store;
      },
    };

    appendContract(subject);
    listContract(subject);
    seriesContract(subject);
    copyContract(subject, open);
    valuesContract(subject);
    runsContract(subject);
  });
}
