import { writeSync } from 'node:fs';
import { silentLog } from '../../src/agent/log.ts';
import { systemClock } from '../../src/util/clock.ts';
import { Spool } from '../../src/agent/spool.ts';

// Adds results until it is killed, and says which are durable: one line each, "SEQ N;".
const [path = '', round = ''] = process.argv.slice(2);
const spool = Spool.open({ path, owner: 'me', clock: systemClock, log: silentLog });
for (let n = 0; n < 100_000; n++) {
  const name = `${round}-${n}`;
  const adding = [spool.add({ n: name }), spool.add({ n: `${name}b` })];
  const [a, b] = await Promise.all(adding);
  writeSync(1, `${a} ${name};\n${b} ${name}b;\n`);
}
