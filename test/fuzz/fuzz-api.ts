import fc from 'fast-check';
import { startTestServer } from '../support/server.ts';
import { FuzzRun, type FuzzReport } from './fuzz-run.ts';
import { madeRequest } from './requests.ts';
import { createClient } from './send.ts';

export interface FuzzOptions {
  readonly seed: number;
  readonly requests: number;
}

/** Longer than a run, whatever its clock is told: an agent that says nothing more stays connected. */
const HEARTBEAT_MS = 600_000;

/**
 * Asks a real server for what nobody should ask, one request after the other, each on what the earlier ones left there.
 * @throws {Error} at the first answer that should not have been: the seed, and the smallest request found that still gets one
 */
export async function fuzzApi({ seed, requests }: FuzzOptions): Promise<FuzzReport> {
  const server = await startTestServer({ heartbeat_ms: HEARTBEAT_MS });
  const client = createClient();
  try {
    const run = await FuzzRun.start(server, client);
    await fc.assert(
      fc.asyncProperty(madeRequest(), (made) => run.ask(made)),
      { seed, numRuns: requests },
    );
    await run.finish();
    return run.report;
  } finally {
    client.close();
    await server.close();
  }
}

/** A report in a few lines. */
export function describeReport({ sent, byStatus, reached, cut, total }: FuzzReport): string {
  const statuses = [...byStatus].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`);
  return `${sent} requests, ${cut} cut off; ${statuses.join(', ')}; ${reached.size} of ${total} routes answered with success`;
}
