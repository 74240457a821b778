import { writeSync } from 'node:fs';
import { resultRow, START_MS } from '../test-rows.ts';
import { systemClock } from '../../../util/clock.ts';
import type { ResultRow } from '../results-store.ts';
import { openDuckdbResultsStore } from './duckdb-results-store.ts';

/**
 * The process that crash.test.ts kills: appends without end and prints a line for each acknowledgement. Every life
 * sends the end of the last one again, as an agent does that never heard the answer.
 */
const [path = '', life = '0'] = process.argv.slice(2);
const AGENTS = [1, 2, 3];
const RESENT = 150;

const store = await openDuckdbResultsStore({ path, clock: systemClock, memoryLimitMb: 128, checkpointMb: 1 });
await Promise.all([...AGENTS.map((agentId) => spool(agentId)), post()]);

async function spool(agentId: number): Promise<never> {
  for (let next = Math.max(1, (await store.highWater(agentId, 'a')) + 1 - RESENT); ;) {
    const seqs = Array.from({ length: 100 + ((next * 7) % 300) }, (_, i) => next + i);
    const through = next + seqs.length - 1;
    await store.appendSpool({ agentId, epoch: 'a', rows: seqs.map((seq) => numbered(agentId, seq)), seqs, through });
    writeSync(1, `spool ${agentId} ${through}\n`);
    next = through + 1;
  }
}

/** Each batch is posted twice, and overlaps the one before; numbers tell lives apart. */
async function post(): Promise<never> {
  for (let first = Number(life) * 1_000_000; ; first += 50) {
    const rows = Array.from({ length: 80 }, (_, i) => numbered(9, first + i));
    await Promise.all([store.appendForeign({ rows }), store.appendForeign({ rows: rows.toReversed() })]);
    writeSync(1, `post ${first} ${first + rows.length}\n`);
  }
}

function numbered(agentId: number, number: number): ResultRow {
  const id = `00000000-0000-4000-8000-${String(agentId).padStart(2, '0')}${String(number).padStart(10, '0')}`;
  return resultRow({ id, agentId, startedAt: START_MS + number, labels: { site: `s${number % 20}` }, details: { number } });
}
