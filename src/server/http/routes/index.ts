import type { Services } from '../../services.ts';
import type { Route } from '../route.ts';
import { agentRoutes } from './agents.ts';
import { applyRoutes } from './apply.ts';
import { backupRoutes } from './backup.ts';
import { breakerRoutes } from './breakers.ts';
import { destinationRoutes } from './destinations.ts';
import { fleetRoutes } from './fleet.ts';
import { healthRoutes } from './health.ts';
import { jobAnalysisRoutes } from './job-analysis.ts';
import { jobRoutes } from './jobs.ts';
import { kindRoutes } from './kinds.ts';
import { leaseRoutes } from './leases.ts';
import { metricsRoutes } from './metrics.ts';
import { resultRoutes } from './results.ts';
import { runRoutes } from './runs.ts';
import { sessionRoutes } from './session.ts';
import { tokenRoutes } from './tokens.ts';

/** Every route of the API. */
export function allRoutes(services: Services): Route[] {
  return [
    ...healthRoutes(services),
    ...sessionRoutes(services),
    ...agentRoutes(services),
    ...tokenRoutes(services),
    ...destinationRoutes(services),
    ...jobRoutes(services),
    ...applyRoutes(services),
    ...leaseRoutes(services),
    ...runRoutes(services),
    ...jobAnalysisRoutes(services),
    ...resultRoutes(services),
    ...breakerRoutes(services),
    ...fleetRoutes(services),
    ...kindRoutes(),
    ...metricsRoutes(services),
    ...backupRoutes(services),
  ];
}
