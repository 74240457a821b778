import * as z from 'zod';
import { CONTENT_TYPE, exposition } from '../../metrics/exposition.ts';
import { leaseFamilies } from '../../metrics/leases.ts';
import { breakerFamilies } from '../../metrics/breakers.ts';
import { measurementFamilies } from '../../metrics/measurements.ts';
import type { Services } from '../../services.ts';
import { route } from '../route.ts';

/** A line that was not heard of for so long is no longer exported: Prometheus shows a gap, not yesterday's value. */
const STALE_MS = 3_600_000;

export function metricsRoutes({ version, startedAt, clock, control, results, coordinator, directory, latest, metrics }: Services) {
  return [
    route({
      method: 'GET',
      path: '/metrics',
      summary: "The server's own figures and the newest measurements, for Prometheus",
      scope: 'read',
      response: z.string(),
      contentType: CONTENT_TYPE,
      handle: async () => {
        const named = await Promise.all(
          latest.since(clock.now() - STALE_MS).map(async (row) => ({
            row,
            agent: await directory.nameOf('agent', row.agentId),
            destination: row.destinationId === null ? '' : await directory.nameOf('destination', row.destinationId),
            job: row.jobId === null ? '' : await directory.nameOf('job', row.jobId),
          })),
        );
        const own = metrics.families({ agents: await coordinator.list(), stats: await results.stats(), version, startedAt });
        const leases = leaseFamilies(coordinator.leaseCounts());
        const breakers = breakerFamilies(await control.breakerTransitions.current({}));
        return exposition([...own, ...leases, ...breakers, ...measurementFamilies(named)]);
      },
    }),
  ];
}
