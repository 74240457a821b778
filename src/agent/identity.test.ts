import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { identityPath, readIdentity, writeIdentity } from './identity.ts';

const someone = { server: 'http://127.0.0.1:8080', agentId: 7, name: 'edge-1', credential: 'tacho_agent_secret' };

describe('identity', () => {
  let home: string;
  let dir: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'tacho-identity-'));
    dir = join(home, 'agent');
  });
  afterEach(async () => {
    await rm(home, { recursive: true, force: true });
  });

  test('is null where the agent never enrolled', async () => {
    expect(await readIdentity(dir)).toBeNull();
  });

  test('is read back as it was written', async () => {
    await writeIdentity(dir, someone);
    expect(await readIdentity(dir)).toEqual(someone);
  });

  test('is readable by its owner alone', async () => {
    await writeIdentity(dir, someone);
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
    expect((await stat(identityPath(dir))).mode & 0o777).toBe(0o600);
  });

  test('leaves no temporary file behind', async () => {
    await writeIdentity(dir, someone);
    await writeIdentity(dir, { ...someone, name: 'edge-2' });
    expect(await readdir(dir)).toEqual(['identity.json']);
  });

  test.each([
    ['cut short', '{"server": "http://127.0.0.1', 'is not JSON'],
    ['empty', '', 'is not JSON'],
    ['without its credential', '{"server":"http://127.0.0.1:8080","agent_id":7,"name":"edge-1"}', 'credential'],
  ])('a file %s is an error that names it', async (_, text, why) => {
    await writeIdentity(dir, someone);
    await writeFile(identityPath(dir), text);
    await expect(readIdentity(dir)).rejects.toThrow(why);
    await expect(readIdentity(dir)).rejects.toThrow(identityPath(dir));
  });
});
