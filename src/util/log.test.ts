import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { forPeople, openLog } from './log.ts';

describe('the log', () => {
  test('keeps secrets out of what it writes', () => {
    const directory = mkdtempSync(join(tmpdir(), 'tacho-log-'));
    const file = join(directory, 'logs', 'tacho.log');
    openLog({ level: 'info', file }).info({ token: 'tacho_t_secret', request: { authorization: 'Bearer secret' }, agent: 'a' }, 'said');
    const text = readFileSync(file, 'utf8');
    rmSync(directory, { recursive: true });
    expect(text).not.toContain('secret');
    expect(JSON.parse(text)).toMatchObject({ agent: 'a', msg: 'said', token: '[redacted]' });
  });

  test('reads as words on a terminal', () => {
    expect(forPeople('{"level":30,"time":"2026-11-22T10:00:01.234Z","agent":"berlin","waiting":3,"msg":"agent connected"}\n')).toBe(
      '10:00:01 agent connected agent=berlin waiting=3',
    );
    expect(forPeople('{"level":50,"time":"2026-11-22T10:00:01.234Z","err":{"stack":"Error: x\\n at y"},"msg":"failed"}')).toBe(
      '10:00:01 error: failed\nError: x\n at y',
    );
    expect(forPeople('not JSON\n')).toBe('not JSON');
  });
});
