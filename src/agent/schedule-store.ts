import { join } from 'node:path';
import * as z from 'zod';
import { schedule as scheduleSchema, type Schedule } from '../protocol/messages.ts';
import { readFileIfThere, writeFileAtomic } from './atomic-file.ts';
import type { Log } from './log.ts';

const scheduleFile = z.object({ agent_id: z.int(), schedule: scheduleSchema });
const marksFile = z.object({ agent_id: z.int(), marks: z.array(z.string()) });

/** Things done once, remembered across restarts. */
export interface Marks {
  has(mark: string): boolean;
  add(mark: string): void;
  /** Forgets all others. */
  retain(marks: ReadonlySet<string>): void;
}

/**
 * What to measure, kept on disk so that measuring goes on while the server is away. A file that cannot be read counts
 * as none: the server sends the schedule again.
 */
export class ScheduleStore implements Marks {
  readonly #dir: string;
  readonly #agentId: number;
  readonly #log: Log;
  readonly #marks: Set<string>;
  #schedule: Schedule | null;
  #dirty = false;
  #writing: Promise<void> = Promise.resolve();
  #saving: Promise<void> = Promise.resolve();

  constructor(options: { dir: string; agentId: number; log: Log; schedule: Schedule | null; marks: readonly string[] }) {
    this.#dir = options.dir;
    this.#agentId = options.agentId;
    this.#log = options.log;
    this.#schedule = options.schedule;
    this.#marks = new Set(options.marks);
  }

  static async open(options: { dir: string; agentId: number; log: Log }): Promise<ScheduleStore> {
    const { dir, agentId, log } = options;
    const kept = await read(join(dir, 'schedule.json'), scheduleFile, log);
    const marks = await read(join(dir, 'marks.json'), marksFile, log);
    return new ScheduleStore({
      ...options,
      schedule: kept?.agent_id === agentId ? kept.schedule : null,
      marks: marks?.agent_id === agentId ? marks.marks : [],
    });
  }

  get schedule(): Schedule | null {
    return this.#schedule;
  }

  async save(schedule: Schedule): Promise<void> {
    this.#schedule = schedule;
    // One after the other: two at once would write the same temporary file, and the older might be what stays.
    const saved = this.#saving.then(() =>
      this.#write('schedule.json', JSON.stringify(z.encode(scheduleFile, { agent_id: this.#agentId, schedule }))),
    );
    this.#saving = saved.catch(() => {});
    await saved;
  }

  has(mark: string): boolean {
    return this.#marks.has(mark);
  }

  add(mark: string): void {
    this.#marks.add(mark);
    this.#touch();
  }

  retain(marks: ReadonlySet<string>): void {
    for (const mark of this.#marks) {
      if (marks.has(mark)) continue;
      this.#marks.delete(mark);
      this.#touch();
    }
  }

  /** Resolves when everything is written. */
  async flush(): Promise<void> {
    while (this.#dirty) await this.#writing;
    await this.#writing;
  }

  /** Writes soon; marks made meanwhile go with the same write. */
  #touch(): void {
    if (this.#dirty) return;
    this.#dirty = true;
    this.#writing = this.#writing
      .then(() => {
        this.#dirty = false;
        return this.#write('marks.json', JSON.stringify({ agent_id: this.#agentId, marks: [...this.#marks] }));
      })
      .catch((error: unknown) => this.#log.error({ err: error }, 'cannot write which first runs were done; they may be repeated after a restart'));
  }

  async #write(file: string, text: string): Promise<void> {
    await writeFileAtomic(join(this.#dir, file), text);
  }
}

async function read<T>(path: string, schema: z.ZodType<T>, log: Log): Promise<T | null> {
  const text = await readFileIfThere(path);
  if (text === null) return null;
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    log.warn({ err: error, file: path }, 'a file of the schedule is broken and counts as absent');
    return null;
  }
}
