import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { TachoError } from '../model/errors.ts';
import { readSettings } from './settings.ts';

const directory = mkdtempSync(join(tmpdir(), 'tacho-settings-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

let files = 0;
function yaml(text: string): string {
  const file = join(directory, `app-${++files}.yaml`);
  writeFileSync(file, text);
  return file;
}

function complaint(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof TachoError) return error.message;
    throw error;
  }
  return '';
}

describe('settings', () => {
  test('without any source listen on loopback only', () => {
    expect(readSettings({})).toMatchObject({ host: '127.0.0.1', port: 8080, local_agent: true });
  });

  test('take a flag over a variable over the file', () => {
    const file = yaml('host: 10.0.0.1\nport: 1\nlog_level: debug\n');
    const read = readSettings({ file, env: { TACHO_HOST: '10.0.0.2', TACHO_PORT: '2' }, flags: { port: '3' } });
    expect(read).toMatchObject({ host: '10.0.0.2', port: 3, log_level: 'debug' });
  });

  test("take StreamSwarm's variables, below our own", () => {
    expect(readSettings({ env: { SERVER_PORT: '5000' } }).port).toBe(5000);
    expect(readSettings({ env: { SERVER_PORT: '5000', TACHO_PORT: '6000' } }).port).toBe(6000);
  });

  test("read network-stats-collector's words for address and log", () => {
    const file = yaml('app:\n  web:\n    host: "127.0.0.1"\n    port: 8081\n  logging:\n    level: "WARNING"\n    file: "logs/x.log"\n');
    expect(readSettings({ file })).toMatchObject({ port: 8081, log_level: 'warn', log_file: 'logs/x.log' });
  });

  test("read network-stats-collector's debug mode, and leave its destinations and jobs to others", () => {
    const file = yaml('app:\n  web:\n    debug: true\n  logging:\n    level: "INFO"\ndestinations:\n  - name: a\njobs: []\n');
    expect(readSettings({ file }).log_level).toBe('debug');
    expect(readSettings({ file: yaml('app: {web: {debug: false}}\n') }).log_level).toBe('info');
  });

  test("take StreamSwarm's length of a test and time between measurements, which are not set otherwise", () => {
    expect(readSettings({})).toMatchObject({ default_test_duration: null, default_test_interval: null });
    const env = { DEFAULT_TEST_DURATION: '300', DEFAULT_TEST_INTERVAL: '5' };
    expect(readSettings({ env })).toMatchObject({ default_test_duration: 300, default_test_interval: 5 });
  });

  test("take the control store's database from DATABASE_URL, below our own variable, or from network-stats-collector's key", () => {
    const postgres = (host: string) => ({ engine: 'postgres', url: `postgresql://u:p@${host}/tacho` });
    expect(readSettings({}).database_url).toBeNull();
    expect(readSettings({ env: { DATABASE_URL: 'postgres://u:p@one/tacho' } }).database_url).toEqual(postgres('one'));
    const both = { DATABASE_URL: 'postgresql://u:p@one/tacho', TACHO_DATABASE_URL: 'postgresql://u:p@two/tacho' };
    expect(readSettings({ env: both }).database_url).toEqual(postgres('two'));
    const file = yaml('app:\n  database:\n    url: "sqlite:///network_stats.db"\n    pool_size: 5\n');
    expect(readSettings({ file })).toMatchObject({ database_url: { engine: 'sqlite', path: resolve('network_stats.db') }, database_pool_size: 5 });
    expect(readSettings({ file: yaml('database_url: postgresql://u:p@three/tacho\n') }).database_url).toEqual(postgres('three'));
  });

  test('do not repeat a database URL that is wrong: it may hold a password', () => {
    const file = yaml('database_url: mysql://u:secret@one/tacho\n');
    const message = complaint(() => readSettings({ file, env: { DATABASE_URL: 'postgresql//u:secret@two/tacho' } }));
    const expected = 'expected postgresql://USER:PASSWORD@HOST/DATABASE or sqlite:///FILE, got something else';
    expect(message.split('\n')).toEqual([`${file}: invalid database_url: ${expected}`, `variable DATABASE_URL: invalid database_url: ${expected}`]);
  });

  test('name file, key and expectation of every mistake at once', () => {
    const file = yaml('port: seventy\nlocal_agent: maybe\ncolour: red\n');
    const message = complaint(() => readSettings({ file, env: { TACHO_HEARTBEAT_MS: '1' } }));
    expect(message.split('\n')).toEqual([
      `${file}: invalid port: expected a port from 0 to 65535 (0 picks a free one), got "seventy"`,
      `${file}: invalid local_agent: expected true or false, got "maybe"`,
      expect.stringContaining(`${file}: unknown key colour: expected one of data, `) as string,
      'variable TACHO_HEARTBEAT_MS: invalid heartbeat_ms: expected milliseconds, 100 to 600000, got "1"',
    ]);
  });

  test.each([
    ['missing.yaml', 'not found'],
    [yaml('a: [1'), 'Flow sequence'],
    [yaml('- 1\n- 2\n'), 'expected keys and values, got a list'],
  ])('refuse the file %s', (file, expected) => {
    expect(complaint(() => readSettings({ file }))).toContain(expected);
  });
});
