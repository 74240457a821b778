import * as z from 'zod';
import { instant } from './instant.ts';

const figure = z.number().nullable();

/** Means of the tests that succeeded and carry the metric; null where none does. */
const means = { avg_download_mbps: figure, avg_upload_mbps: figure, avg_ping_ms: figure };
const counts = {
  test_count: z.int().meta({ description: 'tests that succeeded' }),
  failed_count: z.int().meta({ description: 'tests that were tried and failed; in no figure but this' }),
};

/** Speed tests of one machine in a period. */
export const machineSpeeds = z.object({
  machine_id: z.string().meta({ description: "the agent's name" }),
  agent_id: z.int(),
  ...counts,
  ...means,
  last_test: instant.meta({ description: 'the last test, whether it succeeded or not' }),
});
export type MachineSpeeds = z.output<typeof machineSpeeds>;

/** The answer to `GET /api/fleet/speedtest/summary`. */
export const speedSummary = z.object({
  period_hours: z.number(),
  start_time: instant.meta({ description: 'inclusive' }),
  end_time: instant.meta({ description: 'exclusive' }),
  ...counts,
  machine_count: z.int(),
  ...means,
  min_download_mbps: figure,
  max_download_mbps: figure,
  min_upload_mbps: figure,
  max_upload_mbps: figure,
  min_ping_ms: figure,
  max_ping_ms: figure,
  exact: z.boolean().meta({ description: 'whether every figure comes from the results themselves' }),
  machines: z.array(machineSpeeds).meta({ description: 'the fastest download first' }),
});
export type SpeedSummary = z.output<typeof speedSummary>;
