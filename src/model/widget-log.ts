import * as z from 'zod';
import { instant } from './instant.ts';
import { areDetailsSmall } from './result.ts';

export const widgetType = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/, 'invalid widget type: expected a word of at most 64 letters, digits, _ . and -');

/** What a widget on a machine said. */
export const widgetLogInput = z.object({
  widget_type: widgetType,
  timestamp: instant,
  data: z
    .record(z.string(), z.unknown(), 'invalid data: expected an object')
    .refine(areDetailsSmall, 'data is too large: it is bounded like the details of a result'),
});
export type WidgetLogInput = z.output<typeof widgetLogInput>;

export const widgetLog = z.object({
  machine_id: z.string().meta({ description: "the agent's name" }),
  agent_id: z.int(),
  widget_type: z.string(),
  timestamp: instant,
  data: z.record(z.string(), z.unknown()),
});
export type WidgetLog = z.output<typeof widgetLog>;
