import { join } from 'node:path';
import * as z from 'zod';
import { readFileIfThere, writeFileAtomic } from './atomic-file.ts';
import { spending, type Spending } from './budget.ts';
import type { Log } from './log.ts';

const budgetFile = z.object({ agent_id: z.int(), spending });

/** What was spent today, kept across restarts. Several changes at once go with one write. */
export class BudgetFile {
  readonly #path: string;
  readonly #agentId: number;
  readonly #log: Log;
  /** What it held when it was opened; null where that is unknown. */
  readonly spent: Spending | null;
  #waiting: Spending | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: { path: string; agentId: number; log: Log; spent: Spending | null }) {
    this.#path = options.path;
    this.#agentId = options.agentId;
    this.#log = options.log;
    this.spent = options.spent;
  }

  static async open({ dir, agentId, log }: { dir: string; agentId: number; log: Log }): Promise<BudgetFile> {
    const path = join(dir, 'budget.json');
    return new BudgetFile({ path, agentId, log, spent: await readSpending(path, agentId, log) });
  }

  keep(spent: Spending): void {
    const isWriting = this.#waiting !== null;
    this.#waiting = spent;
    if (isWriting) return;
    this.#writing = this.#writing
      .then(() => {
        const text = JSON.stringify({ agent_id: this.#agentId, spending: this.#waiting });
        this.#waiting = null;
        return writeFileAtomic(this.#path, text);
      })
      .catch((error: unknown) => this.#log.error({ err: error }, "cannot write what was spent today; after a restart the day's budget begins anew"));
  }

  /** Resolves when everything is written. */
  async flush(): Promise<void> {
    while (this.#waiting !== null) await this.#writing;
    await this.#writing;
  }
}

async function readSpending(path: string, agentId: number, log: Log): Promise<Spending | null> {
  const text = await readFileIfThere(path);
  if (text === null) return null;
  try {
    const kept = budgetFile.parse(JSON.parse(text));
    return kept.agent_id === agentId ? kept.spending : null;
  } catch (error) {
    log.warn({ err: error, file: path }, 'what was spent today cannot be read and counts as nothing');
    return null;
  }
}
