import { DatabaseSync } from 'node:sqlite';

/** What results name by id. */
const TABLES = ['agents', 'destinations', 'jobs'];

/**
 * Has a control store that nobody has open give its next ids so much later, so that none comes again that it gave after
 * it was copied: an agent may still hold results under those.
 */
export function skipIds(path: string, count: number): void {
  const database = new DatabaseSync(path);
  try {
    // SQLite notes the largest id a table ever gave; a table that never gave one has no note. https://www.sqlite.org/autoinc.html
    const note = database.prepare(
      'insert into sqlite_sequence (name, seq) select ?, 0 where not exists (select 1 from sqlite_sequence where name = ?)',
    );
    const skip = database.prepare('update sqlite_sequence set seq = seq + ? where name = ?');
    database.exec('begin immediate');
    for (const table of TABLES) {
      note.run(table, table);
      skip.run(count, table);
    }
    database.exec('commit');
  } finally {
    database.close();
  }
}
