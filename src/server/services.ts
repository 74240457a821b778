import type { Logger } from 'pino';
import type { ControlStore } from '../store/control/control-store.ts';
import type { ResultsStore } from '../store/results/results-store.ts';
import type { Clock } from '../util/clock.ts';
import type { Authenticator } from './auth/authenticator.ts';
import type { FailureLimiter } from './auth/rate-limit.ts';
import type { SessionService } from './auth/sessions.ts';
import type { Backup } from './backup/backup.ts';
import type { Coordinator } from './coordinator/coordinator.ts';
import type { Enrolment } from './enrolment.ts';
import type { Directory } from './ingest/directory.ts';
import type { Ingest } from './ingest/ingest.ts';
import type { Hub } from './live/hub.ts';
import type { JobMonitor } from './planning/job-monitor.ts';
import type { Planner } from './planning/planner.ts';
import type { Latest } from './metrics/latest.ts';
import type { ServerMetrics } from './metrics/server-metrics.ts';

/** What the routes work with; made once, in the composition root. */
export interface Services {
  readonly version: string;
  readonly startedAt: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly control: ControlStore;
  readonly results: ResultsStore;
  readonly authenticator: Authenticator;
  readonly sessions: SessionService;
  readonly limiter: FailureLimiter;
  readonly coordinator: Coordinator;
  readonly planner: Planner;
  readonly jobMonitor: JobMonitor;
  readonly hub: Hub;
  readonly enrolment: Enrolment;
  readonly directory: Directory;
  readonly ingest: Ingest;
  readonly latest: Latest;
  readonly metrics: ServerMetrics;
  readonly backup: Backup;
}
