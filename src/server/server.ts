import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Logger } from 'pino';
import { openControlStore } from '../store/control/open.ts';
import { openDuckdbResultsStore } from '../store/results/duckdb/duckdb-results-store.ts';
import { systemClock, type Clock } from '../util/clock.ts';
import { findArtefact, packageFile } from '../util/files.ts';
import { systemRandom } from '../util/random.ts';
import { createAgentDownload } from './agent-download/agent-download.ts';
import { createAuthenticator, type Principal } from './auth/authenticator.ts';
import { createFailureLimiter } from './auth/rate-limit.ts';
import { hashSecret, makeSecret } from './auth/secrets.ts';
import { createSessionService } from './auth/sessions.ts';
import { createBackup } from './backup/backup.ts';
import { changesIn } from './breakers/changes.ts';
import { breakerSettings } from './breakers/settings.ts';
import { createCoordinator } from './coordinator/coordinator.ts';
import { awaitDataDirectory, type DataDirectory } from './data-directory.ts';
import { applyConfig } from './declared/apply-config.ts';
import type { ConfigFile } from './declared/read-config.ts';
import { paceOf, withDefaultPace } from './default-pace.ts';
import { createEnrolment } from './enrolment.ts';
import { createDefaultPlan, lookAround } from './first-run.ts';
import { createApp } from './http/app.ts';
import { serveDashboard } from './http/dashboard.ts';
import { createGate } from './http/gate.ts';
import { serveAgentDownload } from './http/routes/agent-download.ts';
import { allRoutes } from './http/routes/index.ts';
import { describeResult } from './http/routes/results.ts';
import { attachSockets } from './http/sockets.ts';
import { createDirectory } from './ingest/directory.ts';
import { createIngest } from './ingest/ingest.ts';
import { createHub } from './live/hub.ts';
import { createLatest } from './metrics/latest.ts';
import { ServerMetrics } from './metrics/server-metrics.ts';
import { createJobMonitor } from './planning/job-monitor.ts';
import { createPlanner } from './planning/planner.ts';
import { listen, readCertificate, type Listeners } from './listeners.ts';
import { startLocalAgent } from './local-agent.ts';
import type { Settings } from './settings.ts';
import { createUndo, type Undo } from './undo.ts';
import { writeBehind } from './write-behind.ts';

export interface RunningServer {
  readonly url: string;
  /** Where a browser signs in once; only on the first start of a data directory. */
  readonly loginUrl: string | null;
  /** Stops accepting, flushes, closes. */
  close(): Promise<void>;
}

export interface ServerOptions {
  readonly logger: Logger;
  readonly version: string;
  readonly clock?: Clock;
}

export interface StartOptions extends ServerOptions {
  /** A configuration file whose destinations and jobs are made so before the server listens. */
  readonly config?: ConfigFile | undefined;
}

/** What requests under way may take once the server is told to stop. */
const LONGEST_GOODBYE_MS = 3000;

/** Results looked at when the server starts, to know the newest of each line. */
const NEWEST_AT_START = 5000;

export interface AssembleOptions extends Required<ServerOptions> {
  readonly directory: DataDirectory;
  /** Takes what must be closed at the end, and after a failure here. */
  readonly undo: Undo;
  /** Whose every request is, for an app that listens nowhere; where absent, requests must prove who sends them. */
  readonly principal?: Principal;
}

/** Every part over the stores of a data directory: all but listening. */
export async function assemble(settings: Settings, options: AssembleOptions) {
  const { directory, undo, principal, logger, version, clock } = options;
  const tls = settings.tls_cert !== null;
  const database = settings.database_url ?? { engine: 'sqlite', path: directory.file('control.sqlite') };
  const control = writeBehind(await openControlStore(database, { clock, poolSize: settings.database_pool_size }), {
    clock,
    onFailed: (error) =>
      logger.error({ err: error }, 'could not note the use of tokens and what agents say of themselves: they are kept and tried again'),
  });
  undo.push(() => control.close());
  const results = await openDuckdbResultsStore({
    path: directory.file('results.duckdb'),
    memoryLimitMb: settings.results_memory_mb,
    threads: settings.results_threads,
    clock,
  });
  undo.push(() => results.close());

  const limiter = createFailureLimiter({ clock });
  const authenticator = createAuthenticator({ control, clock });
  const sessions = createSessionService({ control, clock, secure: tls });
  const gate =
    principal === undefined
      ? createGate({ authenticator, limiter, allowedOrigins: settings.allowed_origins, tls })
      : { admit: () => Promise.resolve(principal) };
  const names = createDirectory(control);
  const hub = createHub({
    version,
    stream: randomUUID(),
    clock,
    logger,
    agents: () => coordinator.list(),
    jobs: () => jobMonitor.list(),
    describe: (row) => describeResult(names, row),
  });
  const planner = createPlanner({ control: withDefaultPace(control, paceOf(settings)), clock, logger, onPlan: (plan) => jobMonitor.follow(plan) });
  const jobMonitor = createJobMonitor({
    planner,
    agents: () => coordinator.list(),
    clock,
    logger,
    onRuns: (events) => hub.runsReached(events),
    onJob: (job) => hub.jobChanged(job),
  });
  undo.push(() => jobMonitor.close());
  const coordinator = createCoordinator({
    control,
    planner,
    clock,
    logger,
    version,
    heartbeatMs: settings.heartbeat_ms,
    breaker: breakerSettings(settings.breaker_failures, settings.breaker_probe_ms),
    onAgent: (agent) => hub.agentChanged(agent),
  });
  const latest = createLatest();
  const metrics = new ServerMetrics();
  undo.push(() => metrics.close());
  const ingest = createIngest({
    store: results,
    directory: names,
    clock,
    beforeAppend: (rows) => control.breakerTransitions.add(changesIn(rows)),
    onStored: (rows) => {
      latest.note(rows);
      hub.resultsStored(rows);
      jobMonitor.resultsStored(rows);
    },
    onAnswered: (answer) => metrics.batch(answer),
  });
  const enrolment = createEnrolment({ control, clock, limiter });
  const backup = createBackup({
    results,
    controlFile: database.engine === 'sqlite' ? database.path : null,
    tokenFile: directory.file('token'),
    clock,
    version,
  });

  const routes = allRoutes({
    version,
    startedAt: clock.now(),
    clock,
    logger,
    control,
    results,
    authenticator,
    sessions,
    limiter,
    coordinator,
    planner,
    jobMonitor,
    hub,
    enrolment,
    directory: names,
    ingest,
    latest,
    metrics,
    backup,
  });
  const app = createApp({ routes, gate, logger, version, onAnswer: (path, answer) => metrics.request(path, answer) });
  return { app, gate, control, results, sessions, coordinator, planner, jobMonitor, hub, latest, names };
}

/** The composition root: builds every part from the settings, starts them, and stops them in the reverse order. */
export async function startServer(settings: Settings, { logger, version, clock = systemClock, config }: StartOptions): Promise<RunningServer> {
  const undo = createUndo();
  try {
    const directory = await awaitDataDirectory(settings.data, {
      clock,
      onWait: (holder, mostMs) => logger.warn({ data: settings.data, holder, wait_ms: mostMs }, 'the data directory is in use: waiting for it'),
    });
    undo.push(() => directory.release());
    const certificate = readCertificate(settings);
    const servers: Listeners['servers'][number][] = [];
    const parts = await assemble(settings, { directory, undo, logger, version, clock });
    const { app, gate, control, results, sessions, coordinator, planner, jobMonitor, hub, latest, names } = parts;
    latest.note((await results.list({ filter: { from: clock.now() - 3_600_000 }, limit: NEWEST_AT_START })).reverse());
    if (config !== undefined) await applyConfig(config, { control, coordinator, jobMonitor, directory: names, hub, clock, logger });
    const dashboard = findArtefact('dashboard');
    if (dashboard === null) logger.warn('the dashboard is not built: npm start builds it');
    else await serveDashboard(app, dashboard);
    serveAgentDownload(app, {
      download: createAgentDownload({
        bundle: findArtefact('agent'),
        node: process.execPath,
        directory: directory.file('agent-download'),
        version,
      }),
      publicUrl: settings.public_url,
      trustedProxies: settings.trusted_proxies,
    });
    undo.push(async () => {
      // Node counts upgraded connections among those it waits for, so they are ended while it already refuses new ones.
      const others = servers.filter((server) => server !== app.server);
      const closed = Promise.all([app.close(), ...others.map((server) => new Promise((resolve) => server.close(resolve)))]);
      hub.close();
      await coordinator.close();
      // Who has not sent his request by then, or not read his answer, loses it.
      const impatience = setTimeout(() => servers.forEach((server) => server.closeAllConnections()), LONGEST_GOODBYE_MS);
      await closed;
      clearTimeout(impatience);
    });
    const { url, localUrl, servers: listening } = await listen(app, settings, certificate);
    servers.push(...listening);
    for (const server of servers) attachSockets(server, { gate, coordinator, hub, directory: names, logger });

    const firstStart = !existsSync(directory.file('token'));
    let loginUrl: string | null = null;
    if (firstStart) {
      const token = makeSecret('token');
      await control.tokens.create({ name: 'first-start', hash: hashSecret(token), scopes: ['read', 'write', 'admin'] });
      if (settings.default_destinations !== 'none') {
        await createDefaultPlan(control, { scope: settings.default_destinations, surroundings: lookAround(), serverUrl: localUrl });
      }
      directory.writePrivate('token', `${token}\n`);
      loginUrl = `${url}/login#${(await sessions.createLink()).secret}`;
    }
    // What was planned while no server ran is in the ledger from here on.
    await planner.replan();
    jobMonitor.start();
    directory.announce({ url: localUrl, publicUrl: url, pid: process.pid, version });

    if (settings.local_agent) {
      const agent = startLocalAgent({
        program: agentProgram(),
        directory: directory.file('agent'),
        serverUrl: localUrl,
        name: null,
        logLevel: settings.log_level,
        logFile: settings.log_file,
        logger,
        clock,
        random: systemRandom,
        enrolmentToken: async () => {
          const token = makeSecret('enrolment');
          await control.enrolmentTokens.create({
            name: `local-agent-${clock.now()}`,
            hash: hashSecret(token),
            maxUses: 1,
            expiresAt: clock.now() + 3_600_000,
          });
          return token;
        },
      });
      undo.push(() => agent.stop());
    }
    const sweep = setInterval(() => {
      control.sessions.sweep(clock.now()).catch((error: unknown) => logger.error({ err: error }, 'could not sweep sessions'));
    }, 3_600_000);
    undo.push(() => clearInterval(sweep));
    logger.info({ url, data: settings.data, version }, 'server ready');
    let closed: Promise<void> | null = null;
    const close = async (): Promise<void> => {
      await undo.run();
      logger.info('server stopped');
    };
    return { url, loginUrl, close: () => (closed ??= close()) };
  } catch (error) {
    await undo.run();
    throw error;
  }
}

/** The bundled agent, or its source where nothing was built. */
function agentProgram(): string {
  return findArtefact('agent') ?? packageFile('src/agent/main.ts');
}
