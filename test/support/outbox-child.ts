import { randomBytes, randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { HttpClient } from '../../src/agent/http-client.ts';
import { silentLog } from '../../src/agent/log.ts';
import { Spool } from '../../src/agent/spool.ts';
import { Uplink } from '../../src/agent/uplink.ts';
import { systemClock } from '../../src/util/clock.ts';
import { systemRandom } from '../../src/util/random.ts';

// One life of an agent's spool and uplink: opens it, adds so many results one by one, sends after every few of them,
// and closes it. Says "kept SEQ ID;" once a result is on disk, and "over" at its end.
const [path = '', server = '', credential = '', count = '0', noiseBytes = '0'] = process.argv.slice(2);
/** Results between two sendings. */
const GROUP = 3;

const http = new HttpClient();
const spool = Spool.open({ path, owner: 'me', clock: systemClock, log: silentLog });
const uplink = new Uplink({
  ...{ http, server: new URL(server), credential, spool, clock: systemClock, random: systemRandom, log: silentLog },
  clockOffsetMs: () => 0,
  onUnauthorized: () => undefined,
});
const never = new AbortController().signal;
for (let n = 1; n <= Number(count); n++) {
  const id = randomUUID();
  const seq = await spool.add({
    ...{ id, started_at: new Date(systemClock.now()).toISOString(), kind: 'ping', status: 'success', metrics: { rtt_avg_ms: n } },
    // Noise, because what compresses well would leave in one piece.
    details: { noise: randomBytes(Number(noiseBytes) / 2).toString('hex') },
  });
  writeSync(1, `kept ${seq} ${id};\n`);
  if (n % GROUP === 0) await uplink.flush(never);
}
await uplink.flush(never);
spool.close();
http.close();
writeSync(1, 'over\n');
