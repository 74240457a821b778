import { describe, expect, test } from 'vitest';
import { destinationInput } from '../../model/destination.ts';
import { hostileNames, type Subject } from './subject.contract.ts';

export function destinationsContract(subject: Subject): void {
  describe('destinations', () => {
    test('a new destination is answered whole, and its host is its name where none is given', async () => {
      const created = await subject.store.destinations.create(destinationInput.parse({ name: 'example.org' }));
      expect(created).toEqual({
        id: expect.any(Number) as number,
        name: 'example.org',
        host: 'example.org',
        display_name: null,
        description: null,
        tags: [],
        status: 'active',
        external: false,
        created_at: subject.nowMs,
        agent_id: null,
        declared_by: null,
      });
      expect(await subject.store.destinations.find(created.id)).toEqual(created);
      expect(await subject.store.destinations.findByName('example.org')).toEqual(created);
    });

    test('every field comes back after reopening', async () => {
      const input = destinationInput.parse({
        name: 'google-dns',
        host: '2001:4860:4860::8888',
        display_name: 'Google’s "DNS"',
        description: 'line one\nline two\ttab',
        tags: ['dns', 'a, b', '["x"]'],
        status: 'inactive',
      });
      const created = await subject.store.destinations.create(input, { external: true, agentId: 7, declaredBy: 'config.yaml' });
      await subject.reopen();
      expect(await subject.store.destinations.list()).toEqual([
        { ...input, id: created.id, external: true, created_at: subject.nowMs, agent_id: 7, declared_by: 'config.yaml' },
      ]);
    });

    test('an update replaces every field but id and age; another’s name is refused', async () => {
      const first = await subject.store.destinations.create(destinationInput.parse({ name: 'first', tags: ['x'] }), { external: true });
      await subject.store.destinations.create(destinationInput.parse({ name: 'second' }));
      const changed = destinationInput.parse({ name: 'renamed', host: '192.0.2.7', status: 'inactive' });
      subject.nowMs += 1000;
      const updated = await subject.store.destinations.update(first.id, changed);
      expect(updated).toEqual({ ...changed, id: first.id, external: false, created_at: first.created_at, agent_id: null, declared_by: null });
      await expect(subject.store.destinations.update(first.id, { ...changed, name: 'second' })).rejects.toMatchObject({ code: 'name_taken' });
      await expect(subject.store.destinations.update(999, { ...changed, name: 'free' })).rejects.toMatchObject({ code: 'not_found' });
      await subject.reopen();
      expect(await subject.store.destinations.find(first.id)).toEqual(updated);
    });

    test('one that was removed is gone, its name is free, and its id is not given again', async () => {
      const first = await subject.store.destinations.create(destinationInput.parse({ name: 'first' }));
      await subject.store.destinations.remove(first.id);
      expect(await subject.store.destinations.find(first.id)).toBeNull();
      expect(await subject.store.formerNames.find('destination', first.id)).toBe('first');
      await expect(subject.store.destinations.remove(first.id)).rejects.toMatchObject({ code: 'not_found' });
      expect((await subject.store.destinations.create(destinationInput.parse({ name: 'first' }))).id).toBeGreaterThan(first.id);
    });

    test('what is not there is null', async () => {
      expect(await subject.store.destinations.find(1)).toBeNull();
      expect(await subject.store.destinations.find(999_999_999_999_999)).toBeNull();
      expect(await subject.store.destinations.findByName('nowhere')).toBeNull();
    });

    test('a name that exists is refused; one that differs in case is another', async () => {
      const first = await subject.store.destinations.create(destinationInput.parse({ name: 'gateway', host: '10.0.0.1' }));
      await expect(subject.store.destinations.create(destinationInput.parse({ name: 'gateway', host: '10.0.0.2' }))).rejects.toMatchObject({
        code: 'name_taken',
        message: 'destination name is taken: "gateway"',
      });
      const second = await subject.store.destinations.create(destinationInput.parse({ name: 'Gateway', host: '10.0.0.2' }));
      expect(await subject.store.destinations.list()).toEqual([first, second]);
    });

    test('hostile names come back as they went in', async () => {
      for (const name of hostileNames) await subject.store.destinations.create(destinationInput.parse({ name, tags: [name] }));
      const all = await subject.store.destinations.list();
      expect(all.map(({ name, host, tags }) => ({ name, host, tags }))).toEqual(hostileNames.map((name) => ({ name, host: name, tags: [name] })));
    });
  });
}
