'use strict';
const { builtinModules } = require('node:module');

/**
 * Which folder of src/ may import which. A folder may import itself and npm packages; everything else is here.
 * The words mean: `pure` folders reach no Node module and no clock; 'everything' is a root that puts the program together.
 * A folder that is missing here fails test/repository/boundaries.test.ts.
 */
const table = {
  util: [],
  model: ['util'],
  parsers: ['model', 'util'],
  analytics: ['model', 'util'],
  pipeline: ['model', 'util'],
  protocol: ['model', 'util'],
  charts: ['model', 'util'],
  images: ['charts', 'model', 'util'],
  reports: ['images', 'charts', 'model', 'util'],
  probes: ['parsers', 'model', 'util'],
  importers: ['parsers', 'model', 'util'],
  exporters: ['model', 'util'],
  notifications: ['model', 'util'],
  cloud: ['model', 'util'],
  store: ['model', 'util'],
  // The local agent is a child process of the server: its bundle is started, never imported.
  agent: ['probes', 'protocol', 'model', 'util'],
  server: [
    'analytics',
    'pipeline',
    'reports',
    'images',
    'charts',
    'store',
    'exporters',
    'importers',
    'notifications',
    'cloud',
    'protocol',
    'model',
    'util',
  ],
  cli: 'everything',
};

/** Same inputs, same answer: nothing of the machine and no time. */
const pure = ['model', 'parsers', 'analytics', 'pipeline', 'protocol', 'charts'];
/** What of util depends on the machine or on time. */
const impureUtil = '^src/util/(clock|process|files|log)\\.ts$';
/** Families whose members, one folder each, are strangers to each other. */
const families = ['probes', 'parsers', 'store', 'importers', 'exporters', 'notifications', 'cloud'];
/** The dashboard sees types and pure functions only. */
const dashboard = ['model', 'protocol', 'charts'];
/** What would make an agent heavy. */
const heavy = ['store', 'server', 'analytics', 'reports', 'charts', 'images', 'exporters'];
/** Tests may reach across: they put things together. */
const tests = '\\.(test|contract)\\.tsx?$|^test/';

const folders = Object.keys(table);
const any = (names) => `(${names.join('|')})`;

const directions = folders
  .filter((folder) => table[folder] !== 'everything')
  .map((folder) => ({
    name: `${folder}-imports`,
    severity: 'error',
    comment: `src/${folder} may import ${table[folder].map((name) => `src/${name}`).join(', ') || 'nothing else of src'}`,
    from: { path: `^src/${folder}/`, pathNot: tests },
    to: { path: '^(src|web|test|bench|scripts)/', pathNot: `^src/${any([folder, ...table[folder]])}/` },
  }));

module.exports = {
  forbidden: [
    ...directions,
    {
      name: 'folder-in-the-table',
      severity: 'error',
      comment: 'every folder of src/ has a line in the table of .dependency-cruiser.cjs',
      from: { path: '^src/[^/]+/', pathNot: `^src/${any(folders)}/` },
      to: {},
    },
    {
      name: 'pure-without-node',
      severity: 'error',
      comment: `${pure.join(', ')} reach no module of Node`,
      from: { path: `^src/${any(pure)}/`, pathNot: tests },
      to: { path: `^(node:)?${any(builtinModules)}$`, reachable: true },
    },
    {
      name: 'pure-without-clock',
      severity: 'error',
      comment: `${pure.join(', ')} reach no clock, process or file`,
      from: { path: `^src/${any(pure)}/`, pathNot: tests },
      to: { path: impureUtil, reachable: true },
    },
    ...families.map((family) => ({
      name: `strangers-in-${family}`,
      severity: 'error',
      comment: `members of src/${family} do not import each other`,
      from: { path: `^src/${family}/([^/]+)/`, pathNot: tests },
      to: { path: `^src/${family}/[^/]+/`, pathNot: `^src/${family}/$1/` },
    })),
    {
      name: 'strange-engines',
      severity: 'error',
      comment: 'engines of one store do not import each other',
      from: { path: '^src/store/([^/]+)/(sqlite|postgres|duckdb|clickhouse)/', pathNot: tests },
      to: { path: '^src/store/$1/(sqlite|postgres|duckdb|clickhouse)/', pathNot: '^src/store/$1/$2/' },
    },
    {
      name: 'strange-parsers',
      severity: 'error',
      comment: 'parsers do not import each other; what addresses look like is common to them',
      from: { path: '^src/parsers/([^/]+)\\.ts$', pathNot: `${tests}|/index\\.ts$` },
      to: { path: '^src/parsers/', pathNot: '^src/parsers/($1|parser|address)\\.ts$' },
    },
    {
      name: 'strange-kinds',
      severity: 'error',
      comment: 'kinds do not import each other',
      from: { path: '^src/model/kinds/([^/]+)\\.ts$', pathNot: `${tests}|/index\\.ts$` },
      to: { path: '^src/model/kinds/', pathNot: '^src/model/kinds/($1|kind)\\.ts$' },
    },
    {
      name: 'light-agent',
      severity: 'error',
      comment: `nothing the agent reaches loads ${heavy.join(', ')}`,
      from: { path: '^src/agent/main\\.ts$' },
      to: { path: `^src/${any(heavy)}/`, reachable: true },
    },
    {
      name: 'dashboard-imports',
      severity: 'error',
      comment: `web may import ${dashboard.map((name) => `src/${name}`).join(', ')}`,
      from: { path: '^web/', pathNot: tests },
      to: { path: '^(src|test|bench|scripts)/', pathNot: `^src/${any(dashboard)}/` },
    },
    { name: 'no-cycles', severity: 'error', comment: 'modules form no cycle', from: { pathNot: tests }, to: { circular: true } },
    {
      name: 'no-tests-in-sources',
      severity: 'error',
      comment: 'only tests import tests',
      from: { path: '^(src|web)/', pathNot: tests },
      to: { path: tests },
    },
    { name: 'resolvable', severity: 'error', comment: 'what is imported exists', from: {}, to: { couldNotResolve: true, pathNot: '\\.css$' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(node_modules|dist)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.json'],
    },
  },
};
