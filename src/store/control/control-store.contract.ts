import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { destinationInput } from '../../model/destination.ts';
import { jobInput } from '../../model/job.ts';
import { agentsContract } from './agents.contract.ts';
import { coordinationContract } from './coordination.contract.ts';
import { hashOf, START, type Subject, type TestDatabase } from './subject.contract.ts';
import { breakersContract } from './breakers.contract.ts';
import { destinationsContract } from './destinations.contract.ts';
import { enrolmentTokensContract } from './enrolment-tokens.contract.ts';
import { jobsContract } from './jobs.contract.ts';
import { sessionsContract } from './sessions.contract.ts';
import { tokensContract } from './tokens.contract.ts';
import { settingsContract } from './settings.contract.ts';
import { widgetLogsContract } from './widget-logs.contract.ts';

/** Every engine's test calls this. */
export function controlStoreContract(engine: string, createDatabase: () => Promise<TestDatabase>): void {
  describe(`control store on ${engine}`, () => {
    let database: TestDatabase;
    const subject = { nowMs: START } as Subject;
    const clock = { now: (): number => subject.nowMs };

    beforeEach(async () => {
      database = await createDatabase();
      subject.nowMs = START;
      subject.store = await database.open(clock);
      subject.reopen = async () => {
        await subject.store.close();
        subject.store = await database.open(clock);
      };
    });

    afterEach(async () => {
      await subject.store.close();
      await database.remove();
    });

    agentsContract(subject);
    destinationsContract(subject);
    breakersContract(subject);
    jobsContract(subject);
    tokensContract(subject);
    enrolmentTokensContract(subject);
    sessionsContract(subject);
    widgetLogsContract(subject);
    settingsContract(subject);
    coordinationContract(subject);

    test('closing at any moment of a call leaves it done or not begun', async () => {
      const outcomes = new Set<string>();
      for (let ticks = 0; ticks < 60; ticks++) {
        const { agents, enrolmentTokens } = subject.store;
        await enrolmentTokens.create({ name: 'rack', hash: hashOf(ticks), maxUses: 1, expiresAt: null });
        const agent = { name: `agent-${ticks}`, labels: {}, version: '1', platform: 'x' };
        const call = enrolmentTokens.enrol({ hash: hashOf(ticks), at: START, agent, credentialHash: hashOf(1000 + ticks) }).then(
          () => 'done',
          () => 'refused',
        );
        for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
        await subject.reopen();
        const outcome = await call;
        outcomes.add(outcome);
        const left = {
          agent: (await subject.store.agents.findByName(agent.name)) !== null,
          credential: (await subject.store.tokens.findByHash(hashOf(1000 + ticks))) !== null,
          uses: (await subject.store.enrolmentTokens.list()).at(-1)?.uses,
        };
        const done = outcome === 'done';
        expect({ ticks, ...left }).toEqual({ ticks, agent: done, credential: done, uses: done ? 1 : 0 });
        await expect(agents.list()).rejects.toThrow();
      }
      expect(outcomes).toContain('done');
    });

    test('changes made together are all there, or none of them where one fails', async () => {
      const { store } = subject;
      const names = async () => [...(await store.destinations.list()), ...(await store.jobs.list())].map(({ name }) => name);
      const one = destinationInput.parse({ name: 'one' });
      const job = jobInput.parse({ name: 'job', interval: 60, kinds: ['ping'] });
      const work = store.together(async ({ destinations, jobs }) => {
        const { id } = await destinations.create(one);
        await destinations.update(id, { ...one, name: 'other' });
        const made = await jobs.create(job);
        await jobs.update(made.id, { ...job, name: 'renamed' });
        return id;
      });
      expect(await work).toEqual(expect.any(Number));
      expect(await names()).toEqual(['other', 'renamed']);
      const failing = store.together(async ({ destinations, jobs }) => {
        await destinations.create(one);
        for (const { id } of await jobs.list()) await jobs.remove(id);
        await destinations.create(one);
      });
      await expect(failing).rejects.toMatchObject({ code: 'name_taken' });
      await subject.reopen();
      expect([...(await subject.store.destinations.list()), ...(await subject.store.jobs.list())].map(({ name }) => name)).toEqual([
        'other',
        'renamed',
      ]);
    });

    test('closing may be repeated', async () => {
      await subject.store.close();
      await expect(subject.store.close()).resolves.toBeUndefined();
    });
  });
}
