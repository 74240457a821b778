import { expect, test } from 'vitest';
import { describeReport, fuzzApi } from './fuzz-api.ts';

const REQUESTS = 600;
/** Always the same, so that a build fails for what was changed and not by chance. */
const SEED = 20_261_122;

test(`answers ${REQUESTS} odd requests without a fault of its own and without a word about its insides`, async () => {
  const report = await fuzzApi({ seed: Number(process.env['TACHO_FUZZ_SEED'] ?? SEED), requests: REQUESTS });
  // Where nearly everything is refused at the door, nothing behind it is tried.
  expect(report.reached.size, describeReport(report)).toBeGreaterThan(report.total * 0.7);
  expect(report.byStatus.get(429) ?? 0, describeReport(report)).toBeLessThan(report.sent * 0.1);
});
