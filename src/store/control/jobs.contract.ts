import { describe, expect, test } from 'vitest';
import { jobInput } from '../../model/job.ts';
import { hostileNames, START, type Subject } from './subject.contract.ts';

const ping = (name: string) => jobInput.parse({ name, interval: 60, kinds: ['ping'] });

export function jobsContract(subject: Subject): void {
  describe('jobs', () => {
    test('a new job begins its first revision at the clock’s instant', async () => {
      subject.nowMs = START + 1234;
      const created = await subject.store.jobs.create(ping('edge'));
      expect(created).toEqual({
        ...ping('edge'),
        declared_by: null,
        id: expect.any(Number) as number,
        revision: 1,
        created_at: START + 1234,
        since: START + 1234,
      });
      expect(await subject.store.jobs.find(created.id)).toEqual(created);
      expect(await subject.store.jobs.findByName('edge')).toEqual(created);
    });

    test('every field comes back after reopening', async () => {
      const input = jobInput.parse({
        name: 'all fields',
        description: 'what "and" why',
        enabled: false,
        interval: 31 * 86_400,
        time_zone: 'Europe/Berlin',
        start_time: '2026-11-22T10:00:00.000Z',
        end_time: '2027-11-22T10:00:00.000Z',
        windows: [{ days: ['mon', 'fri'], from: '09:00', to: '17:00' }],
        mesh: { type: 'pairs', label: 'site' },
        budget_mb_per_day: 12.5,
        kinds: ['ping', 'dns'],
        destinations: ['tag:edge', 'a, b', '7'],
        agents: ['label:site=paris', '*'],
        tags: ['"', '🛰️'],
        options: { ping: { count: 5, family: 'ipv4', nested: { list: [1, null, true, 'x'], ratio: 0.1 } } },
      });
      const created = await subject.store.jobs.create(input);
      await subject.reopen();
      expect(await subject.store.jobs.list()).toEqual([
        { ...input, declared_by: null, id: created.id, revision: 1, created_at: START, since: START },
      ]);
    });

    test('an update of what is measured begins a new revision; of words alone, none', async () => {
      const created = await subject.store.jobs.create(ping('edge'));
      subject.nowMs = START + 1000;
      const renamed = await subject.store.jobs.update(created.id, { ...ping('rim'), description: 'why', tags: ['x'] });
      expect(renamed).toEqual({ ...created, name: 'rim', description: 'why', tags: ['x'] });
      const faster = await subject.store.jobs.update(created.id, { ...ping('rim'), interval: 120 });
      expect(faster).toMatchObject({ interval: 120, revision: 2, since: START + 1000 });
      await subject.reopen();
      expect(await subject.store.jobs.find(created.id)).toEqual(faster);
    });

    test('an update to another’s name, or of nothing, is refused', async () => {
      const created = await subject.store.jobs.create(ping('edge'));
      await subject.store.jobs.create(ping('rim'));
      await expect(subject.store.jobs.update(created.id, ping('rim'))).rejects.toMatchObject({ code: 'name_taken' });
      await expect(subject.store.jobs.update(999, ping('x'))).rejects.toMatchObject({ code: 'not_found' });
      expect(await subject.store.jobs.find(created.id)).toEqual(created);
    });

    test('one that was removed is gone', async () => {
      const created = await subject.store.jobs.create(ping('edge'));
      await subject.store.jobs.remove(created.id);
      expect(await subject.store.jobs.list()).toEqual([]);
      await expect(subject.store.jobs.remove(created.id)).rejects.toMatchObject({ code: 'not_found' });
    });

    test('what is not there is null', async () => {
      expect(await subject.store.jobs.find(1)).toBeNull();
      expect(await subject.store.jobs.find(999_999_999_999_999)).toBeNull();
      expect(await subject.store.jobs.findByName('nothing')).toBeNull();
    });

    test('a name that exists is refused; hostile ones come back as they went in', async () => {
      for (const name of hostileNames) await subject.store.jobs.create(ping(name));
      await expect(subject.store.jobs.create(ping('null'))).rejects.toMatchObject({ code: 'name_taken', message: 'job name is taken: "null"' });
      expect((await subject.store.jobs.list()).map((job) => job.name)).toEqual(hostileNames);
    });

    test('a change of enabled begins a new revision with a new since', async () => {
      const created = await subject.store.jobs.create(ping('edge'));
      subject.nowMs = START + 60_000;
      const disabled = await subject.store.jobs.setEnabled(created.id, false);
      expect(disabled).toEqual({ ...created, enabled: false, revision: 2, since: START + 60_000 });
      subject.nowMs = START + 90_000;
      const enabled = await subject.store.jobs.setEnabled(created.id, true);
      expect(enabled).toEqual({ ...created, revision: 3, since: START + 90_000 });
      await subject.reopen();
      expect(await subject.store.jobs.find(created.id)).toEqual(enabled);
    });

    test('a call that changes nothing leaves revision and since', async () => {
      const created = await subject.store.jobs.create(ping('edge'));
      subject.nowMs = START + 60_000;
      expect(await subject.store.jobs.setEnabled(created.id, true)).toEqual(created);
      const disabled = await subject.store.jobs.setEnabled(created.id, false);
      subject.nowMs = START + 120_000;
      expect(await subject.store.jobs.setEnabled(created.id, false)).toEqual(disabled);
    });

    test('of many that disable a job at once, one makes the revision', async () => {
      const { id } = await subject.store.jobs.create(ping('edge'));
      const answers = await Promise.all(Array.from({ length: 10 }, () => subject.store.jobs.setEnabled(id, false)));
      expect(answers.map((job) => job.revision)).toEqual(Array(10).fill(2));
    });

    test('of many that change a job at once, each begins a revision of its own', async () => {
      const { id } = await subject.store.jobs.create(ping('edge'));
      const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => subject.store.jobs.update(id, { ...ping('edge'), interval: 100 + n })));
      expect(answers.map((job) => job.revision).sort((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
      expect(answers.find((job) => job.revision === 11)).toEqual(await subject.store.jobs.find(id));
    });

    test('other jobs keep their state', async () => {
      const one = await subject.store.jobs.create(ping('one'));
      const two = await subject.store.jobs.create(ping('two'));
      await subject.store.jobs.setEnabled(one.id, false);
      expect(await subject.store.jobs.find(two.id)).toEqual(two);
    });

    test('an unknown job is refused', async () => {
      await expect(subject.store.jobs.setEnabled(99, true)).rejects.toMatchObject({ code: 'not_found', message: 'no such job: id 99' });
    });
  });
}
