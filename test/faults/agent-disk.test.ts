import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readSpool } from '../support/agent-program.ts';
import { keptIds, startChildAgent } from '../support/child-agent.ts';
import { FakeServer } from '../support/fake-server.ts';
import { until } from '../support/program.ts';
import { fillDisk, mountSmallDisk, smallDiskUnavailable } from '../support/small-disk.ts';

const unavailable = smallDiskUnavailable();
if (unavailable !== null) console.info(`skipped: an agent whose disk is full: ${unavailable}`);

const DISK_MB = 2;
const JOBS = 10;

test.skipIf(unavailable !== null)(
  'an agent whose disk is full goes on, counts what it could not keep, and loses nothing that it kept',
  { timeout: 120_000 },
  async () => {
    await using ending = new AsyncDisposableStack();
    const disk = mountSmallDisk(DISK_MB);
    ending.use(disk);
    const server = await new FakeServer({ heartbeatMs: 200 }).start();
    ending.defer(() => server.stop());
    const agent = startChildAgent({ server: server.url, dir: disk.path, token: 'enrol-me' });
    ending.defer(() => agent.end());
    await until('the agent', () => server.connected === 1);
    const jobs = Array.from({ length: JOBS }, (_, i) => i + 1);
    const since = Date.now();
    server.setSchedule(
      jobs.map((id) => ({
        ...{ job_id: id, job: `job-${id}`, revision: 1, kind: 'ping', made_at: since, spec: {} },
        timetable: { intervalMs: 3_600_000, cron: null, timeZone: 'UTC', windows: [], since, until: null },
        destination: { id, name: `target-${id}`, host: '127.0.0.1' },
      })),
    );
    await until('the first runs', () => server.ledger.length === JOBS);

    // Nothing leaves, so that everything has to be kept; and others take what room there is.
    server.fault = () => ({ status: 503 });
    await fillDisk(join(disk.path, 'ballast'));
    const lost = (): number => agent.stdout().match(/a result could not be written and is lost/g)?.length ?? 0;
    let asked = 0;
    while (lost() === 0) {
      const before = keptIds(agent).length + lost();
      server.runNow(jobs);
      asked += 1;
      await until('an end of the runs', () => keptIds(agent).length + lost() >= before + JOBS);
    }
    const dropped = (): number | undefined => server.messages.findLast((message) => message.type === 'heartbeat')?.spool.dropped;
    await until('a heartbeat that counts what was lost', () => dropped() === lost());
    expect(agent.running).toBe(true);

    await unlink(join(disk.path, 'ballast'));
    const lostInAll = lost();
    const before = keptIds(agent).length;
    server.runNow(jobs);
    await until('runs that are kept again', () => keptIds(agent).length === before + JOBS);
    server.fault = () => null;
    await until('everything that was kept', () => server.ledger.length === keptIds(agent).length, 70_000);
    await agent.end('SIGTERM');

    const delivered = server.ledger.map(({ result }) => result.id);
    expect(new Set(delivered).size, 'distinct results').toBe(delivered.length);
    expect(delivered, 'in the order in which they were kept').toEqual(keptIds(agent));
    expect(lost()).toBe(lostInAll);
    expect((await readSpool(disk.path)).pending.size).toBe(0);
    console.info(
      `${asked} rounds until the disk was full; ${lostInAll} results could not be kept and were counted; ${delivered.length} kept and delivered once`,
    );
  },
);
