import { DatabaseSync } from 'node:sqlite';
import { DuckDBInstance } from '@duckdb/node-api';
import { code, GENERATED, page, table } from './markdown.ts';

interface Column {
  readonly name: string;
  readonly type: string;
  readonly notes: readonly string[];
}
interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
}

/** What each table is for; the database itself cannot say. */
const meanings: Readonly<Record<string, string>> = {
  agents: 'Machines that measure, and those known only from posted results (`external`).',
  destinations: 'What is measured.',
  jobs: 'Who measures what, where and how often. `revision` grows with each change of what is measured; `since` is when this one began.',
  tokens: "API tokens and agents' credentials (`agent_id`): SHA-256 of the secret, never the secret.",
  enrolment_tokens: 'Tokens with which agents enrol.',
  login_links: 'One-time links that were not used yet.',
  sessions: 'Browsers that are signed in.',
  widget_logs: 'What posts of widget logs held, as they came.',
  settings: 'What is set at the server itself rather than in its configuration, such as the hash of the password.',
  former_names: 'How agents, destinations and jobs were called that are there no more: their results still are.',
  planned_series: 'What was planned when: one row a job revision, agent, destination and kind, from `begun_at` until `ended_at`.',
  leases: 'Runs that measure alone at this moment, by the agent that holds them; a server that starts again gives nothing of theirs away.',
  breaker_transitions: 'When an agent stopped to measure a destination that failed, and when it began again.',
  migrations: 'Steps of the schema that this database has been through.',
  series: 'What results have in common: one row for each agent, kind, destination, job and set of labels.',
  metrics: 'Metrics of each kind. `slot` n is column `vn` of `results`; without one the values are in `samples`.',
  results: 'One row a result. `status` is 0 success, 1 failed, 2 timeout, 3 skipped; `details` is JSON.',
  samples: 'Values of metrics that have no column of their own.',
  marks: "The highest sequence number stored of each agent's spool, by epoch: what is not above it was stored before.",
  schema_version: 'Steps of the schema that this database has been through.',
};

/** Of databases that the program itself made just now. */
export async function databasePage(paths: { readonly control: string; readonly results: string }): Promise<string> {
  return page([
    '# Database schema',
    GENERATED,
    'Two stores, each the truth of its own. Tables may change with any version; each version brings an older database up to date when it opens it. Instants are epoch milliseconds, UTC. While a server runs it owns both.',
    '## Control store',
    '`control.sqlite`, SQLite. On PostgreSQL tables and columns have the same names; ids are identities. JSON is text, booleans are 0 or 1.',
    ...sqliteTables(paths.control).flatMap(section),
    '## Results store',
    '`results.duckdb`, DuckDB. No keys and no indexes: rows are found by their instants.',
    ...(await duckdbTables(paths.results)).flatMap(section),
  ]);
}

function section({ name, columns }: Table): string[] {
  const meaning = meanings[name];
  if (meaning === undefined) throw new Error(`table ${name} has no meaning: expected a line in scripts/reference/database.ts`);
  return [
    `### ${name}`,
    meaning,
    table(
      ['column', 'type', ''],
      columns.map((column) => [code(column.name), column.type.toLowerCase(), column.notes.join(', ')]),
    ),
  ];
}

function sqliteTables(path: string): Table[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const names = database.prepare(`select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' order by rowid`).all();
    return names.map(({ name: raw }) => {
      const name = String(raw);
      const unique = uniqueColumns(database, name);
      const references = new Map(
        database
          .prepare('select "from", "table", "to" from pragma_foreign_key_list(?)')
          .all(name)
          .map((row) => [String(row['from']), `refers to \`${String(row['table'])}.${String(row['to'])}\``]),
      );
      const columns = database.prepare('select name, type, "notnull" as needed, pk from pragma_table_info(?)').all(name);
      return {
        name,
        columns: columns.map((row) => {
          const column = String(row['name']);
          const key = Number(row['pk']) > 0;
          const notes = [
            key ? 'key' : Number(row['needed']) === 1 ? '' : 'may be null',
            unique.has(column) ? 'unique' : '',
            references.get(column) ?? '',
          ];
          return { name: column, type: String(row['type']), notes: notes.filter((note) => note !== '') };
        }),
      };
    });
  } finally {
    database.close();
  }
}

/** Columns that alone are unique, besides the key. */
function uniqueColumns(database: DatabaseSync, name: string): Set<string> {
  const indexes = database.prepare(`select name from pragma_index_list(?) where "unique" = 1 and origin = 'u'`).all(name);
  const columns = indexes.map((index) => database.prepare('select name from pragma_index_info(?)').all(String(index['name'])));
  return new Set(columns.filter((list) => list.length === 1).map(([column]) => String(column?.['name'])));
}

async function duckdbTables(path: string): Promise<Table[]> {
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
  try {
    const connection = await instance.connect();
    const reader = await connection.runAndReadAll(
      `select table_name, column_name, data_type, is_nullable from duckdb_columns() where not internal and database_name = current_database() order by table_oid, column_index`,
    );
    const tables = new Map<string, Column[]>();
    for (const [name, column, type, nullable] of reader.getRows()) {
      const notes = nullable === true ? ['may be null'] : [];
      tables.set(String(name), [...(tables.get(String(name)) ?? []), { name: String(column), type: String(type), notes }]);
    }
    connection.closeSync();
    return [...tables].map(([name, columns]) => ({ name, columns }));
  } finally {
    instance.closeSync();
  }
}
