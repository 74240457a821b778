import { defineConfig } from 'vitest/config';
import { ProgramsFirst } from './vitest.sequencer.ts';

const long = (process.env['TACHO_LONG'] ?? '') !== '';

export default defineConfig({
  test: {
    environment: 'node',
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'scripts/**/*.test.ts', 'bench/**/*.test.ts', 'web/**/*.test.{ts,tsx}'],
    exclude: ['**/node_modules/**', '**/dist/**', ...(long ? [] : ['**/*.long.test.ts'])],
    // Tests start processes and real servers, and wait for them half of the time: three workers are what two cores carry.
    pool: 'forks',
    maxWorkers: 3,
    sequence: { sequencer: ProgramsFirst },
    // No test measures time by these: they end what hangs, also on a machine that is busy with other things.
    testTimeout: long ? 1_800_000 : 60_000,
    hookTimeout: long ? 300_000 : 60_000,
  },
});
