import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { runAgent } from '../../src/agent/agent.ts';
import { systemClock } from '../../src/util/clock.ts';

// An agent whose measurements take a moment and succeed: everything else of it is real. Its log, on standard output,
// says "kept" with the id of every result after that result is on disk.
const { values } = parseArgs({
  options: {
    server: { type: 'string' },
    dir: { type: 'string' },
    token: { type: 'string' },
    name: { type: 'string', default: 'child' },
    'allow-plain-http': { type: 'boolean', default: false },
    /** Bytes that do not compress, in the details of each result. */
    noise: { type: 'string', default: '0' },
  },
});
const noiseBytes = Number(values.noise);
const stopping = new AbortController();
process.on('SIGTERM', () => stopping.abort());

await runAgent(
  {
    server: values.server ?? null,
    dir: values.dir ?? '',
    name: values.name,
    labels: {},
    allowPlainHttp: values['allow-plain-http'],
    version: '0.0.0-test',
    log: pino({ level: 'debug', base: null }, pino.destination({ fd: 1, sync: true })),
    readToken: async () => values.token ?? null,
    detect: async () => ({ ping: { available: true, tool: 'fake', version: null, note: null } }),
    measure: async (_order, signal) => {
      const startedAt = systemClock.now();
      await systemClock.sleep(10, signal);
      const details = noiseBytes === 0 ? {} : { noise: randomBytes(noiseBytes).toString('base64') };
      return { startedAt, durationMs: 10, status: 'success', failure: null, metrics: { rtt_avg_ms: 1 }, details };
    },
  },
  stopping.signal,
);
