import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * What the hardware and Node allow: the plainest servers that take the same batches and answer when they are on disk.
 * `append` writes the body as it came to a file and syncs it, once for all that wait. `sqlite` parses the body and
 * inserts its results into one table, a transaction a batch. Neither validates, looks for duplicates or resolves names.
 */
const [form, directory] = process.argv.slice(2);
const store = form === 'sqlite' ? sqlite(join(directory ?? '.', 'floor.sqlite')) : append(join(directory ?? '.', 'floor.log'));

const server = createServer((request, answer) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const results = Number(new URL(request.url ?? '/', 'http://floor').searchParams.get('results'));
    store(Buffer.concat(chunks), () => {
      answer.setHeader('content-type', 'application/json');
      answer.end(JSON.stringify({ stored: results, duplicates: 0, refused: [] }));
    });
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' && address !== null ? address.port : 0 });
});
process.once('disconnect', () => process.exit(0));

type Store = (body: Buffer, done: () => void) => void;

function append(path: string): Store {
  const file = openSync(path, 'w');
  process.once('exit', () => closeSync(file));
  let waiting: { body: Buffer; done: () => void }[] = [];
  const write = (): void => {
    const group = waiting;
    waiting = [];
    for (const { body } of group) writeSync(file, body);
    fdatasyncSync(file);
    for (const { done } of group) done();
  };
  return (body, done) => {
    if (waiting.push({ body, done }) === 1) setImmediate(write);
  };
}

interface Posted {
  readonly results: readonly {
    readonly id: string;
    readonly started_at: string;
    readonly status: string;
    readonly destination: number;
    readonly metrics: Readonly<Record<string, number>>;
  }[];
}

function sqlite(path: string): Store {
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE results (started_at TEXT, id TEXT, status TEXT, destination INTEGER, m0 REAL, m1 REAL, m2 REAL, m3 REAL, m4 REAL)`);
  const insert = database.prepare('INSERT INTO results VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  return (body, done) => {
    const { results } = JSON.parse(body.toString()) as Posted;
    database.exec('BEGIN');
    for (const { started_at, id, status, destination, metrics } of results) {
      insert.run(started_at, id, status, destination, ...Object.values(metrics).slice(0, 5));
    }
    database.exec('COMMIT');
    done();
  };
}
