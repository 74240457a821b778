import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../../../util/clock.ts';
import { LOOKUP_TABLE } from './duplicates.ts';
import { Marks } from './marks.ts';
import { migrate } from './migrations.ts';
import { ReaderPool } from './reader-pool.ts';
import { Registry } from './registry.ts';

export interface DatabaseOptions {
  /** The database file; its log and spill files stand beside it. */
  readonly path: string;
  /** Most memory the engine takes for its buffers, MB. */
  readonly memoryLimitMb: number;
  readonly threads: number;
  /** Log size at which it is folded into the database, MB: larger is less work in all, and a slower start after a crash. */
  readonly checkpointMb: number;
  readonly clock: Clock;
}

/** Queries that run at once: each may take much of the memory limit. */
const READERS = 2;

/** An open database with what is known about it. Lost as a whole when the engine gives up, then opened anew. */
export class Database {
  readonly writer: DuckDBConnection;
  readonly readers: ReaderPool;
  readonly registry: Registry;
  readonly marks: Marks;
  readonly #instance: DuckDBInstance;
  readonly #directory: FileHandle | null;

  private constructor(parts: Pick<Database, 'writer' | 'readers' | 'registry' | 'marks'>, instance: DuckDBInstance, directory: FileHandle | null) {
    this.writer = parts.writer;
    this.readers = parts.readers;
    this.registry = parts.registry;
    this.marks = parts.marks;
    this.#instance = instance;
    this.#directory = directory;
  }

  static async open(options: DatabaseOptions): Promise<Database> {
    const instance = await DuckDBInstance.create(options.path, {
      memory_limit: `${options.memoryLimitMb}MB`,
      threads: String(options.threads),
      checkpoint_threshold: `${options.checkpointMb}MB`,
      preserve_insertion_order: 'false',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      allow_community_extensions: 'false',
      enable_external_access: 'false',
    });
    try {
      const writer = await instance.connect();
      await writer.run("SET GLOBAL TimeZone = 'UTC'");
      await writer.run('SET GLOBAL lock_configuration = true');
      await migrate(writer, options.clock.now());
      await writer.run(LOOKUP_TABLE);
      const registry = new Registry();
      await registry.load(writer);
      const marks = new Marks();
      await marks.load(writer);
      const directory = await openDirectory(dirname(options.path));
      return new Database({ writer, readers: new ReaderPool(instance, READERS), registry, marks }, instance, directory);
    } catch (error) {
      instance.closeSync();
      throw error;
    }
  }

  /** Makes the names of files the engine created durable: it syncs the files, not the directory they are in. */
  async syncDirectory(): Promise<void> {
    await this.#directory?.sync();
  }

  /** After a transaction that failed: what memory holds of the tables may be wrong. */
  async reload(): Promise<void> {
    await this.registry.load(this.writer);
    await this.marks.load(this.writer);
  }

  /** Waits for running queries, folds the log into the file where that is possible, and lets go of the file. */
  async close(): Promise<void> {
    await this.readers.close();
    await this.writer.run('CHECKPOINT').catch(() => undefined);
    this.writer.closeSync();
    this.#instance.closeSync();
    await this.#directory?.close();
  }
}

/** Windows has no handle to sync a directory by: its file systems log names themselves. */
async function openDirectory(path: string): Promise<FileHandle | null> {
  return process.platform === 'win32' ? null : open(path, 'r');
}
