import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSqliteControlStore } from '../open.ts';
import { skipIds } from './skip-ids.ts';

test('ids after a skip are beyond it, also where none was given before; what is there keeps its own', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tacho-ids-'));
  try {
    const path = join(directory, 'control.sqlite');
    const open = () => openSqliteControlStore({ path, clock: { now: () => Date.UTC(2026, 10, 22) } });
    const first = await open();
    const agent = await first.agents.create({ name: 'kept', labels: {}, external: true });
    await first.close();
    skipIds(path, 1000);
    expect(await readdir(directory)).toEqual(['control.sqlite']);
    const again = await open();
    expect((await again.agents.find(agent.id))?.name).toBe('kept');
    expect((await again.agents.create({ name: 'next', labels: {}, external: true })).id).toBe(agent.id + 1001);
    const destination = { name: 'first of its kind', display_name: null, description: null, tags: [], status: 'active' as const };
    expect((await again.destinations.create(destination, { external: true })).id).toBe(1001);
    await again.close();
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
