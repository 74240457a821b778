import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import * as z from 'zod';
import { createProgram } from '../src/cli/program.ts';
import { errorCatalogue, refusalCatalogue } from '../src/model/errors.ts';
import type { KindDefinition, KindDescription } from '../src/model/kinds/kind.ts';
import { kinds, postedKinds } from '../src/model/kinds/index.ts';
import { openDataDirectory } from '../src/server/data-directory.ts';
import { openInProcess } from '../src/server/in-process.ts';
import { readSettings } from '../src/server/settings.ts';
import { cliPage } from './reference/cli.ts';
import { configurationPage } from './reference/configuration.ts';
import { databasePage } from './reference/database.ts';
import { httpPage, type HttpDocument } from './reference/http.ts';
import { capital, GENERATED, page, table } from './reference/markdown.ts';
import { expectation, literal, said, type ShownSchema } from './reference/schema.ts';

/** The pages of docs/reference, by file name: the same words the program itself uses. */
export async function referencePages(): Promise<Readonly<Record<string, string>>> {
  const program = createProgram();
  const { http, database } = await fromRealStores();
  return {
    'errors.md': errorsPage(),
    'kinds.md': kindsPage(),
    'configuration.md': configurationPage(program),
    'cli.md': cliPage(program),
    'http.md': http,
    'database.md': database,
  };
}

/** The pages that only a program over its data can tell: it is opened over new stores, and asked. */
async function fromRealStores(): Promise<{ http: string; database: string }> {
  const data = mkdtempSync(join(tmpdir(), 'tacho-docs-'));
  try {
    const settings = readSettings({ flags: { data } });
    const api = await openInProcess(settings, openDataDirectory(data), { logger: pino({ level: 'silent' }), version: '0' });
    const { text } = await api.request('GET', '/openapi.json').finally(() => api.close());
    const paths = { control: join(data, 'control.sqlite'), results: join(data, 'results.duckdb') };
    return { http: httpPage(JSON.parse(text) as HttpDocument), database: await databasePage(paths) };
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

function errorsPage(): string {
  const errors = Object.entries(errorCatalogue).map(([code, { status, meaning }]) => [`\`${code}\``, String(status), meaning]);
  const refusals = Object.entries(refusalCatalogue).map(([code, meaning]) => [`\`${code}\``, meaning]);
  return page([
    '# Errors',
    GENERATED,
    'Every error body is `{"error": {"code", "message", "details"?}}`. The code is stable; the message is for people and may change.',
    table(['code', 'HTTP status', 'meaning'], errors),
    '## Why one result of a batch was refused',
    'The other results of the batch are stored.',
    table(['code', 'meaning'], refusals),
  ]);
}

function kindsPage(): string {
  return page([
    '# Kinds of measurement',
    GENERATED,
    'What can be measured, with which options, and what a result holds. Metrics are finite numbers; what was not measured is absent.',
    ...Object.values(kinds).flatMap(kindSection),
    '## Posted kinds',
    'No agent measures these: other programs post them, or they are imported. Their metrics are known, so that they are shown and compared like any other.',
    ...Object.values(postedKinds).flatMap((kind) => [
      `### ${kind.title} (\`${kind.kind}\`)`,
      `${capital(kind.description)}.`,
      ...resultTables(kind, '####'),
    ]),
  ]);
}

function kindSection(definition: KindDefinition): string[] {
  const { kind, title, description, target, spec } = definition;
  return [
    `## ${title} (\`${kind}\`)`,
    `${capital(description)}. ${TARGETS[target]}`,
    '### Options',
    table(
      ['option', 'default', 'expected', 'meaning'],
      schemaRows(spec, ({ name, schema }) => [name, literal(schema.default), expectation(schema), said(schema)]),
    ),
    ...resultTables(definition, '###'),
  ];
}

function resultTables({ metrics, details }: KindDescription, heading: string): string[] {
  return [
    `${heading} Metrics`,
    table(
      ['metric', 'unit', 'better', 'meaning'],
      Object.entries(metrics).map(([name, metric]) => [`\`${name}\``, metric.unit, metric.better ?? 'neither', metric.description]),
    ),
    `${heading} Details`,
    table(
      ['field', 'holds', 'meaning'],
      schemaRows(details, ({ name, schema }) => [name, expectation(schema), said(schema)]),
    ),
  ];
}

const TARGETS: Readonly<Record<KindDefinition['target'], string>> = {
  host: 'Its destination is a host name or an address.',
  name: 'Its destination is a name to resolve.',
  url: 'Its destination is a URL.',
  none: 'It has no destination: an agent measures its own machine.',
};

function schemaRows(object: z.ZodObject, row: (field: { name: string; schema: ShownSchema }) => string[]): string[][] {
  const { properties = {} } = z.toJSONSchema(object, { io: 'input' }) as ShownSchema;
  return Object.entries(properties).map(([name, schema]) => row({ name: `\`${name}\``, schema }));
}
