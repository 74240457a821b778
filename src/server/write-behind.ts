import type { AgentReport, AgentRow, ControlStore } from '../store/control/control-store.ts';
import type { Clock } from '../util/clock.ts';
import { sharedRun } from '../util/shared-run.ts';

/**
 * Notes wait this long for others to share their write. A write is synced, and where the store is in this process
 * everything waits for that: a fleet of 2,000 agents makes 67 notes a second.
 */
const WRITE_EVERY_MS = 1000;

export interface WriteBehindOptions {
  readonly clock: Pick<Clock, 'sleep'>;
  /** Hears once of each outage in which notes could not be written; they are kept and tried again. */
  readonly onFailed: (error: unknown) => void;
}

/**
 * The control store with its two notes that come all the time written behind: when a token was used, and what an
 * agent says of itself. The newest of each row waits in memory and whoever reads through this store sees it at once;
 * it is durable a second later, and when the store is closed. What a crash takes is said again: by the next use of the
 * token, and when the agent connects again.
 */
export function writeBehind(control: ControlStore, { clock, onFailed }: WriteBehindOptions): ControlStore {
  const { agents, tokens } = control;
  const touches = new Map<number, number>();
  const reports = new Map<number, AgentReport>();
  const closing = new AbortController();
  let waiting = false;
  let failing = false;

  const write = async (): Promise<void> => {
    await written(touches, (waiting) => tokens.touchAll(waiting.map(([id, at]) => ({ id, at }))));
    await written(reports, (waiting) => agents.reportAll(waiting.map(([id, report]) => ({ id, report }))));
  };
  const flush = sharedRun(async () => {
    try {
      await write();
      failing = false;
    } catch (error) {
      if (!failing) onFailed(error);
      failing = true;
    }
  });
  const writeSoon = (): void => {
    if (waiting || closing.signal.aborted) return;
    waiting = true;
    clock
      .sleep(WRITE_EVERY_MS, closing.signal)
      .then(async () => {
        waiting = false;
        await flush();
        if (failing) writeSoon();
      })
      // The store is closing: what waits is written there.
      .catch(() => undefined);
  };
  const withReport = <Row extends AgentRow | null>(row: Row): Row => {
    const report = row === null ? undefined : reports.get(row.id);
    return report === undefined ? row : { ...row, ...report };
  };

  return {
    ...control,
    agents: {
      ...agents,
      list: async () => (await agents.list()).map(withReport),
      find: async (id) => withReport(await agents.find(id)),
      findByName: async (name) => withReport(await agents.findByName(name)),
      report: (id, report) => {
        reports.set(id, { ...reports.get(id), ...report });
        writeSoon();
        return Promise.resolve();
      },
      // What was said before a change must not be written over it.
      update: async (id, change) => {
        await flush();
        return withReport(await agents.update(id, change));
      },
    },
    tokens: {
      ...tokens,
      list: async () => (await tokens.list()).map((row) => ({ ...row, lastUsedAt: touches.get(row.id) ?? row.lastUsedAt })),
      findByHash: async (hash) => {
        const row = await tokens.findByHash(hash);
        return row === null ? null : { ...row, lastUsedAt: touches.get(row.id) ?? row.lastUsedAt };
      },
      touch: (id, at) => {
        touches.set(id, at);
        writeSoon();
        return Promise.resolve();
      },
    },
    together: async (work) => {
      // It reads the store's own rows.
      await flush();
      return control.together(work);
    },
    close: async () => {
      closing.abort();
      await flush();
      await control.close();
    },
  };
}

/** Writes what waits, and lets go of all that nobody has said anew meanwhile. */
async function written<T>(waiting: Map<number, T>, write: (notes: [number, T][]) => Promise<void>): Promise<void> {
  const notes = [...waiting];
  if (notes.length === 0) return;
  await write(notes);
  for (const [id, note] of notes) if (waiting.get(id) === note) waiting.delete(id);
}
