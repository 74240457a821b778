import type { ControlEngine } from '../assemble.ts';
import { openDatabase, type OpenDatabaseOptions } from './database.ts';
import { NodeSqliteDialect } from './dialect.ts';
import { sqliteWords } from './words.ts';

/** @throws {TachoError} unavailable, conflict */
export function sqliteEngine(path: string, options?: OpenDatabaseOptions): ControlEngine {
  return { dialect: new NodeSqliteDialect(openDatabase(path, options)), words: sqliteWords, label: JSON.stringify(path) };
}
