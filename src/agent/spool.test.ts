import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../util/clock.ts';
import { seededRandom } from '../util/random.ts';
import { silentLog } from './log.ts';
import { Spool, type SpoolOptions } from './spool.ts';

const ALL = { results: 10_000, bytes: 1e9 };

describe('spool', () => {
  let dir: string;
  const opened: Spool[] = [];
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tacho-spool-'));
  });
  afterEach(async () => {
    for (const spool of opened.splice(0)) spool.close();
    await rm(dir, { recursive: true, force: true });
  });

  function open(options: Partial<SpoolOptions> = {}): Spool {
    const spool = Spool.open({ path: join(dir, 'spool.sqlite'), owner: 'me', clock: systemClock, log: silentLog, ...options });
    opened.push(spool);
    return spool;
  }
  const seqs = (spool: Spool): number[] => spool.peek(ALL).map(({ seq }) => seq);

  test('gives results back in the order they came, numbered from 1', async () => {
    const spool = open();
    expect(await Promise.all([spool.add({ n: 'a' }), spool.add({ n: 'b' }), spool.add({ n: 'c' })])).toEqual([1, 2, 3]);
    expect(spool.peek(ALL)).toEqual([
      { seq: 1, body: '{"n":"a"}' },
      { seq: 2, body: '{"n":"b"}' },
      { seq: 3, body: '{"n":"c"}' },
    ]);
  });

  test('keeps what it was given, its epoch and its counts when it is opened again', async () => {
    const first = open();
    await Promise.all([first.add({ n: 1 }), first.add({ n: 2 }), first.add({ n: 3 })]);
    first.forget(1, [{ seq: 1, code: 'too_late', message: 'older than 14 days' }]);
    const before = first.state();
    first.close();
    const second = open();
    expect(second.state()).toEqual(before);
    expect(seqs(second)).toEqual([2, 3]);
  });

  test('never gives a number twice, though all was forgotten and it was opened again', async () => {
    const first = open();
    await first.add({});
    await first.add({});
    first.forget(2);
    first.close();
    const second = open();
    expect(await second.add({})).toBe(3);
  });

  test('hands out at most so many results and bytes, but always one', async () => {
    const spool = open();
    for (let n = 0; n < 5; n++) await spool.add({ pad: 'x'.repeat(90) });
    expect(spool.peek({ results: 2, bytes: 1e9 })).toHaveLength(2);
    expect(spool.peek({ results: 10, bytes: 250 })).toHaveLength(2);
    expect(spool.peek({ results: 10, bytes: 1 })).toHaveLength(1);
  });

  test('drops the oldest when it is full, and counts them durably', async () => {
    const spool = open({ maxBytes: 1000 });
    for (let n = 0; n < 15; n++) await spool.add({ pad: 'x'.repeat(90) });
    const state = spool.state();
    expect(state.pending_bytes).toBeLessThanOrEqual(1000);
    expect(state.dropped).toBe(5);
    expect(seqs(spool)).toEqual([6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
    spool.close();
    expect(open({ maxBytes: 1000 }).state()).toEqual(state);
  });

  test('keeps a result larger than the whole spool until the next one comes', async () => {
    const spool = open({ maxBytes: 100 });
    await spool.add({ pad: 'x'.repeat(500) });
    expect(seqs(spool)).toEqual([1]);
    await spool.add({ n: 2 });
    expect(seqs(spool)).toEqual([2]);
  });

  test('moves what was refused to the dead letter, also past what is forgotten', async () => {
    const spool = open();
    for (let n = 1; n <= 4; n++) await spool.add({ n });
    spool.forget(2, [
      { seq: 2, code: 'in_the_future', message: 'ahead' },
      { seq: 3, code: 'invalid_result', message: 'bad' },
    ]);
    expect(seqs(spool)).toEqual([4]);
    expect(spool.deadLetters()).toEqual([
      { seq: 2, code: 'in_the_future', message: 'ahead', body: '{"n":2}' },
      { seq: 3, code: 'invalid_result', message: 'bad', body: '{"n":3}' },
    ]);
    expect(spool.state()).toMatchObject({ pending: 1, dead: 2 });
  });

  test('bounds the dead letter by number and bytes, and counts on', async () => {
    const spool = open({ deadResults: 5, deadBytes: 300 });
    for (let n = 1; n <= 9; n++) await spool.add({ pad: 'x'.repeat(90) });
    for (let n = 1; n <= 9; n++) spool.forget(n, [{ seq: n, code: 'invalid_result', message: '' }]);
    expect(spool.deadLetters().map(({ seq }) => seq)).toEqual([7, 8, 9].slice(-spool.deadLetters().length));
    expect(spool.deadLetters().length).toBe(3);
    expect(spool.state().dead).toBe(9);
  });

  test('is readable by its owner alone', async () => {
    open();
    expect((await stat(join(dir, 'spool.sqlite'))).mode & 0o777).toBe(0o600);
  });

  test('a file that is no database is set aside and counted, and measuring goes on', async () => {
    await writeFile(join(dir, 'spool.sqlite'), 'no database at all, but long enough to be looked at'.repeat(100));
    const spool = open();
    expect(await spool.add({ n: 1 })).toBe(1);
    expect(spool.setAside).toBe(1);
  });

  test('a file cut short is set aside, and the new one has a new epoch', async () => {
    const first = open();
    const { epoch } = first;
    for (let n = 0; n < 200; n++) await first.add({ pad: 'x'.repeat(1000) });
    first.close();
    await truncate(join(dir, 'spool.sqlite'), 8192);
    const second = open();
    expect(second.setAside).toBe(1);
    expect(second.epoch).not.toBe(epoch);
    expect(second.state().pending).toBe(0);
  });

  test('damage that shows while it runs begins a new spool, and the result at hand is kept', async () => {
    const spool = open();
    // Larger than the page cache, so that old pages are read from the file again.
    await Promise.all(Array.from({ length: 3000 }, () => spool.add({ pad: 'x'.repeat(2000) })));
    const { epoch } = spool;
    const path = join(dir, 'spool.sqlite');
    for (const file of [path, `${path}-wal`]) await writeFile(file, Buffer.alloc((await stat(file)).size, 0x55));
    expect(seqs(spool)).toEqual([]);
    expect(spool.setAside).toBe(1);
    expect(spool.epoch).not.toBe(epoch);
    await spool.add({ n: 'after' });
    expect(spool.peek(ALL)).toEqual([{ seq: 1, body: '{"n":"after"}' }]);
  });

  test("another enrolment's results are never sent under this one's name", async () => {
    const first = open({ owner: 'someone else' });
    await first.add({ secret: true });
    first.close();
    const second = open({ owner: 'me' });
    expect(second.state().pending).toBe(0);
    expect(second.setAside).toBe(1);
  });

  test('keeps at most three files set aside', async () => {
    for (let n = 0; n < 5; n++) {
      const spool = open({ owner: `owner ${n}` });
      await spool.add({ n });
      spool.close();
    }
    expect(open({ owner: 'last' }).setAside).toBe(3);
    expect((await readdir(dir)).filter((file) => file.includes('set-aside'))).toHaveLength(3);
  });

  test('a second agent in the same directory is refused clearly, and nothing is set aside', () => {
    const first = open();
    const said: unknown[] = [];
    const log = { ...silentLog, warn: (facts: unknown) => void said.push(facts) };
    expect(() => open({ log })).toThrow(`another agent runs in this directory (process ${process.pid}): stop it, or choose another with --dir`);
    expect(said).toEqual([]);
    // One that is about to end is given time, and that is said before.
    first.leaving();
    expect(() => open({ log })).toThrow('another agent runs in this directory: stop it');
    expect(said).toEqual([{ spool: join(dir, 'spool.sqlite'), wait_ms: 2000 }]);
    expect(first.setAside).toBe(0);
  });

  test('what was added just before closing is on disk', async () => {
    const spool = open();
    const adding = spool.add({ n: 1 });
    spool.close();
    await adding;
    expect(seqs(open())).toEqual([1]);
  });

  test('behaves as a list with a bound, whatever is done to it and however often it is opened again', async () => {
    const operation = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({ do: fc.constant('add' as const), sizes: fc.array(fc.integer({ min: 0, max: 120 }), { minLength: 1, maxLength: 4 }) }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('forget' as const), count: fc.integer({ min: 0, max: 5 }), refuse: fc.boolean() }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 25 }), async (operations) => {
        const maxBytes = 600;
        const path = join(await mkdtemp(join(dir, 'p-')), 'spool.sqlite');
        let spool = Spool.open({ path, owner: 'me', clock: systemClock, log: silentLog, maxBytes });
        let model: { seq: number; body: string }[] = [];
        let next = 1;
        let dropped = 0;
        let dead = 0;
        try {
          for (const op of operations) {
            if (op.do === 'add') {
              const results = op.sizes.map((size) => ({ pad: 'z'.repeat(size) }));
              await Promise.all(results.map((result) => spool.add(result)));
              for (const result of results) model.push({ seq: next++, body: JSON.stringify(result) });
              const size = (): number => model.reduce((sum, { body }) => sum + body.length, 0);
              while (model.length > 1 && size() > maxBytes) {
                model.shift();
                dropped += 1;
              }
            } else if (op.do === 'forget') {
              const gone = model.slice(0, op.count);
              const last = gone.at(-1);
              if (last === undefined) continue;
              spool.forget(last.seq, op.refuse ? [{ seq: last.seq, code: 'invalid_result', message: '' }] : []);
              if (op.refuse) dead += 1;
              model = model.slice(gone.length);
            } else {
              spool.close();
              spool = Spool.open({ path, owner: 'me', clock: systemClock, log: silentLog, maxBytes });
            }
            expect(spool.peek(ALL)).toEqual(model);
            const bytes = model.reduce((sum, { body }) => sum + body.length, 0);
            expect(spool.state()).toMatchObject({ pending: model.length, pending_bytes: bytes, dropped, dead });
          }
        } finally {
          spool.close();
        }
      }),
      { numRuns: 40 },
    );
  });

  test('loses nothing that was durable when its process is killed, and repeats no number', async () => {
    const random = seededRandom(24);
    const program = fileURLToPath(new URL('../../test/support/spool-child.ts', import.meta.url));
    const path = join(dir, 'spool.sqlite');
    const confirmed = new Map<number, string>();
    for (let round = 0; round < 5; round++) {
      const child = spawn(process.execPath, [program, path, String(round)], { stdio: ['ignore', 'pipe', 'inherit'] });
      const enough = 20 + Math.floor(random() * 200);
      let lines = 0;
      for await (const line of createInterface({ input: child.stdout })) {
        const [seq = '', body = ''] = line.split(' ');
        // A torn last line names a number or a body that was never confirmed whole.
        if (!body.endsWith(';')) continue;
        expect(confirmed.has(Number(seq))).toBe(false);
        confirmed.set(Number(seq), body.slice(0, -1));
        if (++lines === enough) child.kill('SIGKILL');
      }
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      expect(child.signalCode).toBe('SIGKILL');
    }
    const spool = open();
    expect(spool.setAside).toBe(0);
    const kept = new Map(spool.peek({ results: 1e6, bytes: 1e9 }).map(({ seq, body }) => [seq, (JSON.parse(body) as { n: string }).n]));
    expect(confirmed.size).toBeGreaterThan(100);
    for (const [seq, n] of confirmed) expect(kept.get(seq)).toBe(n);
  });
});
