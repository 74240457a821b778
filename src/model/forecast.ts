import * as z from 'zod';
import { job } from './job.ts';

/** What a job will do and cost, by its plan. */
export const forecast = z
  .object({
    agents: z.int().meta({ description: 'agents that will measure' }),
    runs_per_day: z.int().meta({ description: 'planned in the next 24 hours, or in the first ones of a job that begins later' }),
    results_per_day: z.int(),
    runs_per_month: z.int().meta({ description: 'planned in the next 30 days' }),
    results_per_month: z.int(),
    megabytes_per_day: z.number().meta({ description: 'on the wire, both directions together, of all agents; estimated, as everything here' }),
    megabytes_per_month: z.number(),
    per_agent_megabytes_per_day: z.number().meta({ description: 'the most that one agent spends' }),
    stored_megabytes_per_month: z.number().meta({ description: 'what the results take on disk' }),
    warnings: z.array(z.string()).meta({ description: 'what speaks against it, in words: budgets that it will exceed' }),
  })
  .meta({ id: 'Forecast' });
export type Forecast = z.output<typeof forecast>;

export const jobWithForecast = job.extend({ forecast }).meta({ id: 'JobWithForecast' });
export type JobWithForecast = z.output<typeof jobWithForecast>;
