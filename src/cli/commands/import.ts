import { createReadStream } from 'node:fs';
import type { Command } from 'commander';
import { importers } from '../../importers/index.ts';
import type { Importer, ImportedRow } from '../../importers/importer.ts';
import { TachoError } from '../../model/errors.ts';
import { batchAnswer, RESULTS_PATH } from '../../protocol/batch.ts';
import { addConnectionOptions, connect, type Connection, type ConnectionFlags } from '../connection.ts';
import { importText, type ImportSummary } from '../format/import.ts';

interface Flags extends ConnectionFlags {
  readonly agent: string;
  readonly timezone: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Results of one request: well below the largest batch, and few enough to answer in a moment. */
const BATCH = 2000;
/** Characters of a batch's JSON, three bytes each at most, that still fit a request with one more row of the longest. */
const BATCH_CHARACTERS = 2_000_000;

/** Adds `tacho import FORMAT FILE`: results that another program kept. */
export function registerImport(program: Command): void {
  const command = program.command('import').description('import results that another program kept');
  for (const [format, { title, read }] of Object.entries(importers)) {
    addConnectionOptions(command.command(format))
      .description(`import ${title}`)
      .argument('<file>', 'the file; - reads standard input')
      .requiredOption('--agent <NAME>', 'the machine that measured; made where it is unknown')
      .requiredOption('--timezone <ZONE>', "zone of the file's times, such as Australia/Brisbane, UTC or +10:00")
      .option('--dry-run', 'read the file and say what would be imported, without a server')
      .option('--json', 'print one JSON document')
      .addHelpText('after', `\nExample:\n  tacho import ${format} tests.csv --agent home --timezone Europe/Berlin`)
      .action(async (file: string, flags: Flags) => {
        const summary = await importFile(file, flags, read);
        process.stdout.write(flags.json === true ? `${JSON.stringify(summary)}\n` : importText(summary));
      });
  }
}

type Pending = Extract<ImportedRow, { result: unknown }>;

async function importFile(file: string, flags: Flags, read: Importer): Promise<ImportSummary> {
  if (flags.dryRun === true) return importOver(null, { file, flags, read });
  const connection = connect(flags, process.env);
  return importOver(connection, { file, flags, read }).finally(() => connection.close());
}

interface ImportOptions {
  readonly file: string;
  readonly flags: Flags;
  readonly read: Importer;
}

/** Without a connection the file is only read. */
async function importOver(connection: Connection | null, { file, flags, read }: ImportOptions): Promise<ImportSummary> {
  const counts = { rows: 0, imported: 0, failed_tests: 0, stored: 0, duplicates: 0 };
  const refused: { line: number; reason: string }[] = [];

  const count = ({ result }: Pending): void => {
    if (result.status === 'success') counts.imported++;
    else counts.failed_tests++;
  };
  const send = async (batch: readonly Pending[]): Promise<void> => {
    if (batch.length === 0) return;
    const refusedHere = new Set<number>();
    if (connection !== null) {
      const answer = await post(connection, flags.agent, batch);
      counts.stored += answer.stored;
      counts.duplicates += answer.duplicates;
      for (const { index, message } of answer.refused) {
        refusedHere.add(index);
        refused.push({ line: batch[index]?.line ?? 0, reason: message });
      }
    }
    for (const [index, row] of batch.entries()) if (!refusedHere.has(index)) count(row);
    if (process.stderr.isTTY) process.stderr.write(`\r${counts.rows} rows\r`);
  };

  let batch: Pending[] = [];
  let characters = 0;
  for await (const row of read(pieces(file), { timeZone: flags.timezone })) {
    if ('refused' in row && row.fatal === true) {
      throw new TachoError('invalid_request', `cannot import ${file}: line ${row.line}: ${row.refused}`);
    }
    counts.rows++;
    if ('refused' in row) {
      refused.push({ line: row.line, reason: row.refused });
      continue;
    }
    batch.push(row);
    characters += JSON.stringify(row.result).length;
    if (batch.length < BATCH && characters < BATCH_CHARACTERS) continue;
    await send(batch);
    batch = [];
    characters = 0;
  }
  await send(batch);
  refused.sort((a, b) => a.line - b.line);
  return { file, agent: flags.agent, dry_run: connection === null, ...counts, refused: refused.length, refusals: refused };
}

async function post(connection: Connection, agent: string, batch: readonly Pending[]) {
  return batchAnswer.parse(await connection.request('POST', RESULTS_PATH, { results: batch.map(({ result }) => ({ ...result, agent })) }));
}

async function* pieces(file: string): AsyncGenerator<string> {
  const stream = file === '-' ? process.stdin : createReadStream(file);
  stream.setEncoding('utf8');
  try {
    for await (const piece of stream) yield piece as string;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new TachoError('not_found', code === 'ENOENT' ? `there is no file ${file}` : `cannot read ${file}: ${message}`, { cause: error });
  }
}
