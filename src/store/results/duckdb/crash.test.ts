import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { seededRandom } from '../../../util/random.ts';
import { systemClock } from '../../../util/clock.ts';
import type { ResultsStore } from '../results-store.ts';
import { openDuckdbResultsStore } from './duckdb-results-store.ts';

/** More lives find rarer faults: `TACHO_CRASHES=200 npx vitest run src/store/results/duckdb/crash.test.ts`. */
const LIVES = Number(process.env['TACHO_CRASHES'] ?? 5);
const LONGEST_LIFE_MS = 600;

test(
  `of ${LIVES} processes killed at random moments, what they acknowledged is there once`,
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tacho-crash-'));
    const path = join(directory, 'results.duckdb');
    const random = seededRandom(20261101);
    const acknowledged = { marks: new Map<number, number>(), posted: new Set<number>() };
    let lines = 0;
    try {
      for (let life = 0; life < LIVES; life++) {
        const printed = await liveAndDie(path, life, random() * LONGEST_LIFE_MS);
        lines += printed.length;
        for (const line of printed) {
          const [form, a, b] = line.split(' ');
          if (form === 'spool') acknowledged.marks.set(Number(a), Number(b));
          else for (let number = Number(a); number < Number(b); number++) acknowledged.posted.add(number);
        }
        const store = await openDuckdbResultsStore({ path, clock: systemClock, memoryLimitMb: 128 });
        try {
          await expectLedger(store, acknowledged);
        } finally {
          await store.close();
        }
      }
      expect(lines).toBeGreaterThan(0);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
  60_000 + LIVES * 5000,
);

/** Lines a process printed from its first acknowledgement, or opening, to its death. */
async function liveAndDie(path: string, life: number, lifeMs: number): Promise<string[]> {
  const script = fileURLToPath(new URL('crash-writer.ts', import.meta.url));
  const child = spawn(process.execPath, [script, path, String(life)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  let first: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => (first = resolve));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    first();
  });
  const exit = once(child, 'exit');
  // Every third is killed at a moment counted from its start, so that opening and recovery are hit too.
  if (life % 3 !== 2) await Promise.race([begun, exit]);
  await sleep(lifeMs);
  child.kill('SIGKILL');
  await exit;
  return output.split('\n').slice(0, -1);
}

async function expectLedger(store: ResultsStore, acknowledged: { marks: Map<number, number>; posted: Set<number> }): Promise<void> {
  const stored = new Map<number, number[]>();
  for (let after: { startedAt: number; id: string } | undefined; ;) {
    const page = await store.list({ filter: {}, limit: 50_000, after });
    for (const row of page) {
      const numbers = stored.get(row.agentId) ?? [];
      numbers.push(Number(row.details['number']));
      stored.set(row.agentId, numbers);
    }
    const last = page.at(-1);
    if (last === undefined) break;
    after = { startedAt: last.startedAt, id: last.id };
  }
  for (const [agentId, mark] of acknowledged.marks) {
    const kept = await store.highWater(agentId, 'a');
    expect(kept).toBeGreaterThanOrEqual(mark);
    const numbers = stored.get(agentId)?.toSorted((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: kept }, (_, i) => i + 1));
  }
  const posted = stored.get(9) ?? [];
  const distinct = new Set(posted);
  expect(posted).toHaveLength(distinct.size);
  expect([...acknowledged.posted].filter((number) => !distinct.has(number))).toEqual([]);
}
