import * as z from 'zod';
import { instant } from '../model/instant.ts';

/** A browser's session, as `GET` and `POST /api/session` answer it; without an end where a token asks. */
export const session = z.object({ scopes: z.array(z.string()), expires_at: instant.nullable() });
export type Session = z.output<typeof session>;

export const health = z.object({ status: z.string(), version: z.string(), uptime_s: z.number().nonnegative(), started_at: instant });
export type Health = z.output<typeof health>;
