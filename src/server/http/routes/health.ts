import { health } from '../../../protocol/session.ts';
import type { Services } from '../../services.ts';
import { route } from '../route.ts';

export function healthRoutes({ version, startedAt, clock }: Services) {
  return [
    route({
      method: 'GET',
      path: '/api/health',
      summary: 'Whether the server answers, and since when',
      scope: 'public',
      response: health,
      handle: () =>
        Promise.resolve({
          status: 'ok' as const,
          version,
          started_at: startedAt,
          uptime_s: Math.max(0, Math.round((clock.now() - startedAt) / 1000)),
        }),
    }),
  ];
}
