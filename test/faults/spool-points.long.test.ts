import { expect, test } from 'vitest';
import { tracingUnavailable } from '../support/system-calls.ts';
import { deathsOf, dieOnce } from './spool-points.ts';

const unavailable = tracingUnavailable();
if (unavailable !== null) console.info(`skipped: killing a spool at every system call: ${unavailable}`);

test.skipIf(unavailable !== null)('a spool and its uplink, killed before every single call of a life', { timeout: 1_800_000 }, async () => {
  const deaths = deathsOf(await dieOnce(null));
  const points = new Map<string, number>();
  let [killed, repeated] = [0, 0];
  for (const death of deaths) {
    const life = await dieOnce(death);
    // One life has a few calls more or fewer than another: its last ones may not come.
    if (life.point === null) continue;
    killed += 1;
    repeated += life.repeated;
    points.set(life.point, (points.get(life.point) ?? 0) + 1);
  }
  const counts = JSON.stringify(Object.fromEntries(points));
  console.info(`killed before ${killed} of ${deaths.length} calls; ${repeated} results came again and were not stored again; ${counts}`);
  expect(killed).toBeGreaterThan(deaths.length * 0.9);
});
