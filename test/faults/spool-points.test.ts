import { describe, expect, test } from 'vitest';
import { tracingUnavailable } from '../support/system-calls.ts';
import { deathsOf, dieOnce, type Life } from './spool-points.ts';

const unavailable = tracingUnavailable();
if (unavailable !== null) console.info(`skipped: killing a spool at each kind of system call: ${unavailable}`);

/** Lives at once: each waits for its disk and its sockets most of the time. */
const AT_ONCE = 4;

/** What must be among the points at which it was killed, or the test would miss what it is for. */
const STAGES = [
  'pwrite64 spool.sqlite-wal',
  'fsync spool.sqlite-wal',
  'pwrite64 spool.sqlite',
  'fsync spool.sqlite',
  'unlink spool.sqlite-wal',
  'unlink spool.sqlite.pid',
];

describe.skipIf(unavailable !== null)('a spool and its uplink, killed', () => {
  test('before a call of each kind they make: nothing on disk is lost, nothing arrives twice', { timeout: 120_000 }, async () => {
    const whole = await dieOnce(null);
    expect(whole).toMatchObject({ point: null, repeated: 0 });
    // One of the middle of each kind: by then there is something to lose.
    const deaths = [...Map.groupBy(deathsOf(whole), ({ point }) => point).values()].flatMap((alike) => alike[Math.floor(alike.length / 2)] ?? []);
    const lives: Life[] = [];
    const die = async (): Promise<void> => {
      for (let death = deaths.shift(); death !== undefined; death = deaths.shift()) lives.push(await dieOnce(death));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, die));
    const points = new Set(lives.map(({ point }) => point));
    console.info(`${whole.calls.length} calls in a life; killed before: ${[...points].filter((point) => point !== null).join(', ')}`);
    expect([...points]).toEqual(expect.arrayContaining(STAGES));
    expect(
      [...points].some((point) => point?.endsWith(' connection')),
      'killed before it sent',
    ).toBe(true);
  });

  test.each(['before_storing', 'before_answer', 'after_answer'] as const)(
    'by the hand of the server, %s: nothing on disk is lost, nothing arrives twice',
    { timeout: 60_000 },
    async (server) => {
      const life = await dieOnce({ server, post: 2 });
      expect(life.point).toBe(`${server} of post 2`);
      // What was stored and never answered is what comes again.
      if (server === 'before_storing') expect(life.repeated).toBe(0);
      if (server === 'before_answer') expect(life.repeated).toBeGreaterThan(0);
    },
  );
});
