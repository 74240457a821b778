import { randomUUID } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';

/** A result as it waits: its JSON text, without its number. */
export interface Spooled {
  readonly seq: number;
  readonly body: string;
}

/** A result the server will not have, and why. */
export interface Refused {
  readonly seq: number;
  readonly code: string;
  readonly message: string;
}

export interface PeekLimits {
  readonly results: number;
  readonly bytes: number;
}

export interface SpoolLimits {
  /** Bytes of JSON that may wait; beyond, the oldest are dropped. */
  readonly maxBytes: number;
  /** Refused results kept: this many, and so many bytes; older ones give way but stay counted. */
  readonly deadResults: number;
  readonly deadBytes: number;
}

/** Marks a file as ours ("tach"), and its layout's version. */
const APPLICATION_ID = 0x74616368;
const LAYOUT = 1;

// SQLite result codes, https://www.sqlite.org/rescode.html
const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

class UnusableSpool extends Error {}

export function isCorrupt(error: unknown): boolean {
  return error instanceof UnusableSpool || [SQLITE_CORRUPT, SQLITE_NOTADB].includes(primaryCode(error));
}

export function isBusy(error: unknown): boolean {
  return primaryCode(error) === SQLITE_BUSY;
}

/** The primary result code is the low byte of an extended one. */
function primaryCode(error: unknown): number {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : 0;
  return typeof code === 'number' ? code & 0xff : 0;
}

/** The tables of a spool. Every method is one transaction, durable when it returns. */
export class SpoolFile {
  readonly #db: DatabaseSync;
  readonly #limits: SpoolLimits;
  readonly #statements = new Map<string, StatementSync>();
  #epoch = '';
  #pending = 0;
  #pendingBytes = 0;
  #lastSeq = 0;
  #dropped = 0;
  #dead = 0;

  constructor(db: DatabaseSync, limits: SpoolLimits) {
    this.#db = db;
    this.#limits = limits;
  }

  /** `lockWaitMs`: how long another process may hold the file before this fails. */
  static open(path: string, owner: string, { lockWaitMs = 0, ...limits }: SpoolLimits & { lockWaitMs?: number }): SpoolFile {
    const db = new DatabaseSync(path, { timeout: lockWaitMs });
    try {
      chmodSync(path, 0o600);
      const file = new SpoolFile(db, limits);
      file.#prepare(owner);
      return file;
    } catch (error) {
      db.close();
      throw error;
    }
  }

  get epoch(): string {
    return this.#epoch;
  }
  get pending(): number {
    return this.#pending;
  }
  get pendingBytes(): number {
    return this.#pendingBytes;
  }
  get dropped(): number {
    return this.#dropped;
  }
  get dead(): number {
    return this.#dead;
  }

  /** Adds in order and answers the first one's number; the others follow it. */
  add(bodies: readonly string[]): number {
    const sizes = bodies.map((body) => Buffer.byteLength(body));
    return this.#transaction(() => {
      bodies.forEach((body, i) => this.#run('INSERT INTO results (body, bytes) VALUES (?, ?)', body, sizes[i] ?? 0));
      const total = sizes.reduce((sum, size) => sum + size, this.#pendingBytes);
      const overflow = this.#oldestOf(total - this.#limits.maxBytes);
      if (overflow.count > 0) {
        this.#run('DELETE FROM results WHERE seq <= ?', overflow.through);
        this.#run("UPDATE meta SET value = value + ? WHERE key = 'dropped'", overflow.count);
      }
      return () => {
        const first = this.#lastSeq + 1;
        this.#lastSeq += bodies.length;
        this.#pending += bodies.length - overflow.count;
        this.#pendingBytes = total - overflow.bytes;
        this.#dropped += overflow.count;
        return first;
      };
    });
  }

  peek(limits: PeekLimits): Spooled[] {
    const found: Spooled[] = [];
    let bytes = 0;
    for (const row of this.#statement('SELECT seq, body, bytes FROM results ORDER BY seq LIMIT ?').iterate(limits.results)) {
      bytes += Number(row['bytes']);
      if (found.length > 0 && bytes > limits.bytes) break;
      found.push({ seq: Number(row['seq']), body: String(row['body']) });
    }
    return found;
  }

  forget(through: number, refused: readonly Refused[]): void {
    this.#transaction(() => {
      const gone = { count: 0, bytes: 0 };
      let buried = 0;
      for (const { seq, code, message } of refused) {
        const moved = this.#run(
          'INSERT INTO dead (seq, bytes, code, message, body) SELECT seq, bytes, ?, ?, body FROM results WHERE seq = ?',
          code,
          message,
          seq,
        );
        if (moved === 0) continue;
        buried += moved;
        gone.bytes += this.#sizeOf('WHERE seq = ?', seq).bytes;
        gone.count += this.#run('DELETE FROM results WHERE seq = ?', seq);
      }
      if (buried > 0) {
        this.#run("UPDATE meta SET value = value + ? WHERE key = 'dead'", buried);
        this.#trimDead();
      }
      gone.bytes += this.#sizeOf('WHERE seq <= ?', through).bytes;
      gone.count += this.#run('DELETE FROM results WHERE seq <= ?', through);
      return () => {
        this.#pending -= gone.count;
        this.#pendingBytes -= gone.bytes;
        this.#dead += buried;
      };
    });
  }

  deadLetters(): { seq: number; code: string; message: string; body: string }[] {
    return this.#statement('SELECT seq, code, message, body FROM dead ORDER BY id')
      .all()
      .map((row) => ({ seq: Number(row['seq']), code: String(row['code']), message: String(row['message']), body: String(row['body']) }));
  }

  close(): void {
    if (!this.#db.isOpen) return;
    this.#statements.clear();
    this.#db.close();
  }

  #prepare(owner: string): void {
    // Exclusive: one agent a directory, and no shared-memory file. Set before the file is first read.
    this.#db.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA journal_size_limit = 4194304;
      PRAGMA cache_size = -1024;
    `);
    const application = Number(this.#pragma('application_id'));
    const layout = Number(this.#pragma('user_version'));
    const tables = Number(this.#statement('SELECT count(*) AS n FROM sqlite_schema').get()?.['n']);
    if (tables === 0) this.#create(owner);
    else if (application !== APPLICATION_ID || layout !== LAYOUT) {
      throw new UnusableSpool(`expected a spool of layout ${LAYOUT}, got application ${application} layout ${layout}`);
    }
    const check = this.#pragma('quick_check');
    if (check !== 'ok') throw new UnusableSpool(`the spool's file is damaged: ${String(check)}`);
    if (this.#meta('owner') !== owner) throw new UnusableSpool('the spool holds results of another enrolment');
    this.#epoch = this.#meta('epoch');
    this.#dropped = Number(this.#meta('dropped'));
    this.#dead = Number(this.#meta('dead'));
    this.#lastSeq = Number(this.#statement("SELECT seq FROM sqlite_sequence WHERE name = 'results'").get()?.['seq'] ?? 0);
    const { count, bytes } = this.#sizeOf('');
    this.#pending = count;
    this.#pendingBytes = bytes;
  }

  #create(owner: string): void {
    this.#db.exec(`
      BEGIN IMMEDIATE;
      PRAGMA application_id = ${APPLICATION_ID};
      PRAGMA user_version = ${LAYOUT};
      CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
      CREATE TABLE results (seq INTEGER PRIMARY KEY AUTOINCREMENT, bytes INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
      CREATE TABLE dead (
        id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, bytes INTEGER NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL, body TEXT NOT NULL
      ) STRICT;
    `);
    for (const [key, value] of Object.entries({ owner, epoch: randomUUID(), dropped: 0, dead: 0 })) {
      this.#run('INSERT INTO meta (key, value) VALUES (?, ?)', key, value);
    }
    this.#db.exec('COMMIT');
  }

  /** The oldest results that together hold at least `bytes`, except the newest of all: what was just measured is worth most. */
  #oldestOf(bytes: number): { count: number; bytes: number; through: number } {
    const oldest = { count: 0, bytes: 0, through: 0 };
    if (bytes <= 0) return oldest;
    const newest = Number(this.#statement('SELECT max(seq) AS seq FROM results').get()?.['seq'] ?? 0);
    for (const row of this.#statement('SELECT seq, bytes FROM results WHERE seq < ? ORDER BY seq').iterate(newest)) {
      if (oldest.bytes >= bytes) break;
      oldest.count += 1;
      oldest.bytes += Number(row['bytes']);
      oldest.through = Number(row['seq']);
    }
    return oldest;
  }

  #trimDead(): void {
    const keep = this.#statement('SELECT id, sum(bytes) OVER (ORDER BY id DESC) AS held FROM dead ORDER BY id DESC LIMIT ?');
    let oldestKept: number | null = null;
    for (const row of keep.iterate(this.#limits.deadResults)) {
      if (oldestKept !== null && Number(row['held']) > this.#limits.deadBytes) break;
      oldestKept = Number(row['id']);
    }
    if (oldestKept !== null) this.#run('DELETE FROM dead WHERE id < ?', oldestKept);
  }

  #sizeOf(where: string, ...values: number[]): { count: number; bytes: number } {
    const row = this.#statement(`SELECT count(*) AS count, coalesce(sum(bytes), 0) AS bytes FROM results ${where}`).get(...values);
    return { count: Number(row?.['count']), bytes: Number(row?.['bytes']) };
  }

  /** Runs the work; what it answers is applied, and its value returned, only after the commit is on disk. */
  #transaction<T>(work: () => () => T): T {
    this.#db.exec('BEGIN IMMEDIATE');
    let apply: () => T;
    try {
      apply = work();
      this.#db.exec('COMMIT');
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
    return apply();
  }

  #meta(key: string): string {
    const value = this.#statement('SELECT value FROM meta WHERE key = ?').get(key)?.['value'];
    if (value === undefined || value === null) throw new UnusableSpool(`the spool lacks its ${key}`);
    return String(value);
  }

  #pragma(name: string): unknown {
    return Object.values(this.#db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #run(sql: string, ...values: (string | number)[]): number {
    return Number(this.#statement(sql).run(...values).changes);
  }
}
