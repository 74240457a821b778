import * as z from 'zod';
import { instant } from './instant.ts';
import { isPlainText, name, reference } from './name.ts';

const tag = z.string().trim().min(1).max(64).refine(isPlainText, 'invalid tag: expected no control characters');

export const destinationInput = z
  .object({
    name,
    /** Host name, address or URL; the name where it is not given. */
    host: z
      .string()
      .trim()
      .min(1)
      .max(2048)
      .refine((text) => isPlainText(text) && !/\s/.test(text), 'invalid host: expected no spaces or control characters')
      .optional(),
    display_name: z.string().trim().max(253).refine(isPlainText, 'invalid display name: expected no control characters').nullable().default(null),
    description: z.string().max(2000).nullable().default(null),
    tags: z.array(tag).max(64).default([]),
    status: z.enum(['active', 'inactive']).default('active'),
    /** Another agent, measured under the address it advertises; `host` is then not looked at. */
    agent: reference.nullable().optional(),
  })
  .meta({ id: 'DestinationInput' });
export type DestinationInput = z.output<typeof destinationInput>;

export const destination = z.object({
  id: z.int(),
  name: z.string(),
  host: z.string(),
  display_name: z.string().nullable(),
  description: z.string().nullable(),
  tags: z.array(z.string()),
  status: z.enum(['active', 'inactive']),
  /** Known only from posted results. */
  external: z.boolean(),
  created_at: instant,
  /** The agent that this destination is; null where it is none. */
  agent_id: z.int().nullable(),
  /** The file that declares it; it is changed there and nowhere else. */
  declared_by: z.string().nullable(),
});
export type Destination = z.output<typeof destination>;

export const healthState = z.enum(['ok', 'partial', 'failing', 'unknown']).meta({
  description: 'ok: every agent reaches it; partial: some do; failing: none does; unknown: nobody has measured it lately',
});

/** How it looks from its agents, by the newest result of each agent and kind within 2.5 intervals of the job. */
export const destinationHealth = z
  .object({
    state: healthState,
    agents_ok: z.int().nonnegative().meta({ description: 'agents whose newest results all succeeded' }),
    agents_failing: z.int().nonnegative().meta({ description: 'agents of which a newest result did not succeed' }),
    since: instant.nullable().meta({ description: 'since when it is so, as far back as the server remembers: an hour after it started' }),
    last_result_at: instant.nullable(),
  })
  .meta({ id: 'DestinationHealth' });
export type DestinationHealth = z.output<typeof destinationHealth>;

/** A destination as it is answered. */
export const describedDestination = destination.extend({ health: destinationHealth }).meta({ id: 'Destination' });
export type DescribedDestination = z.output<typeof describedDestination>;
/** As the control store keeps it. */
export type StoredDestination = Destination;
