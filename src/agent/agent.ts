import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { TachoError } from '../model/errors.ts';
import type { Labels } from '../model/labels.ts';
import { systemContext } from '../probes/context.ts';
import { detectAll, measure as measureForReal } from '../probes/measure.ts';
import type { Schedule } from '../protocol/messages.ts';
import { backoffMs } from '../util/backoff.ts';
import { systemClock, type Clock } from '../util/clock.ts';
import { systemRandom, type Random } from '../util/random.ts';
import { makePrivateDirectory } from './atomic-file.ts';
import { Budget } from './budget.ts';
import { BudgetFile } from './budget-file.ts';
import { ClockOffset } from './clock-offset.ts';
import { Control } from './control.ts';
import { rememberDetected, type Detect } from './detected.ts';
import { enrol } from './enrol.ts';
import { HttpClient } from './http-client.ts';
import { enrolmentNonce, forgetEnrolmentNonce, identityPath, readIdentity, writeIdentity, type Identity } from './identity.ts';
import type { Log } from './log.ts';
import { defaultPolicy } from './policy.ts';
import { Runner, type Measure } from './runner.ts';
import { ScheduleStore } from './schedule-store.ts';
import { Scheduler } from './scheduler.ts';
import { parseServerUrl } from './server-url.ts';
import { platformText } from './settings.ts';
import { Spool } from './spool.ts';
import { Uplink } from './uplink.ts';

export interface AgentOptions {
  /** Base URL; null takes the one the agent enrolled with. */
  readonly server: string | null;
  /** Reads the enrolment token; asked for only where the agent has no identity yet. */
  readonly readToken: () => Promise<string | null>;
  readonly name: string | null;
  readonly labels: Labels;
  readonly dir: string;
  readonly allowPlainHttp: boolean;
  readonly version: string;
  readonly log: Log;
  readonly measure?: Measure;
  readonly detect?: Detect;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** Why the agent ended: it was told to, or the server withdrew its credential. */
export type AgentEnd = 'stopped' | 'revoked';

/** How long runs may go on after the agent was told to stop, and how long the last flush may take. */
const RUN_GRACE_MS = 5000;
const FLUSH_GRACE_MS = 2000;
const BACKOFF = { baseMs: 500, capMs: 60_000 };

/** The composition root: builds every part, and keeps them going until aborted or revoked. */
export async function runAgent(options: AgentOptions, signal: AbortSignal): Promise<AgentEnd> {
  const { dir, log, labels, version } = options;
  const { clock = systemClock, random = systemRandom } = options;
  const context = systemContext(dir);
  const really: Measure = (order, cancel) => measureForReal(order, context, cancel);
  const { measure = really, detect = () => detectAll(context) } = options;
  const platform = platformText();

  await makePrivateDirectory(dir);
  const http = new HttpClient();
  const found = await identify({ ...options, clock, random, http, platform }, signal);
  if (found === null) return 'stopped';
  const { identity, server } = found;
  const spool = Spool.open({ path: join(dir, 'spool.sqlite'), owner: ownerOf(identity), clock, log });
  if (found.movedFrom !== null) {
    // Only now: the directory is ours.
    log.warn({ from: found.movedFrom, to: server.href }, 'the server has another address now');
    await writeIdentity(dir, identity);
  }
  const store = await ScheduleStore.open({ dir, agentId: identity.agentId, log });
  const offset = new ClockOffset();
  const budgetFile = await BudgetFile.open({ dir, agentId: identity.agentId, log });
  const budget = new Budget({ spent: budgetFile.spent, now: () => offset.planTime(clock.now()), onSpent: (spent) => budgetFile.keep(spent) });
  budget.agentMbPerDay = store.schedule?.budget_mb_per_day ?? null;

  const runner = new Runner({ clock, measure, keep: (result) => spool.add(result), clockOffsetMs: () => offset.measuredMs, log });
  const scheduler = new Scheduler({
    agentId: identity.agentId,
    clock,
    now: () => offset.planTime(clock.now()),
    policy: defaultPolicy,
    marks: store,
    start: (run) => {
      const overspent = budget.spend(run.assignment);
      if (overspent === null) return runner.start(run);
      runner.skip(run, overspent);
      return Promise.resolve();
    },
    skip: (run, why) => runner.skip(run, why),
  });
  const apply = (schedule: Schedule): void => {
    log.info({ version: schedule.version, assignments: schedule.assignments.length }, 'new schedule');
    budget.agentMbPerDay = schedule.budget_mb_per_day;
    scheduler.apply(schedule.assignments);
    store
      .save(schedule)
      .catch((error: unknown) => log.error({ err: error }, 'cannot keep the schedule; a restart without the server would not know it'));
  };
  const { credential } = identity;
  const uplink = new Uplink({
    ...{ http, server, credential, spool, clock, random, log },
    clockOffsetMs: () => offset.measuredMs,
    onUnauthorized: () => control.recheck(),
    onDelivered: () => control.hurry(),
  });
  const control = new Control({
    ...{ server, credential, clock, random, log },
    facts: {
      ...{ version, platform, labels: Object.keys(labels).length === 0 ? null : labels, advertise: null, listening: null },
      leases: () => [],
      capabilities: rememberDetected(detect, clock),
      spool: () => spool.state(),
      scheduleVersion: () => store.schedule?.version ?? null,
      running: () => runner.running,
      scheduled: () => scheduler.scheduled,
    },
    events: {
      onWelcome: ({ agent, serverVersion }) => {
        log.info({ agent: agent.name, server: serverVersion, offset_ms: offset.measuredMs }, 'connected');
        uplink.resume();
      },
      onSchedule: (schedule) => apply(schedule),
      onRunNow: (jobIds) => {
        if (!measuring.signal.aborted) scheduler.runNow(jobIds);
      },
      // Nothing here asks for a lease, and nothing listens.
      onLease: () => undefined,
      onClockOffset: (offsetMs) => {
        if (offset.update(offsetMs))
          log.warn({ offset_ms: offsetMs }, "this machine's clock differs from the server's; the plan follows the server's");
      },
    },
  });

  const measuring = new AbortController();
  const talking = new AbortController();
  const stop = (): void => measuring.abort();
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  log.info({ agent: identity.name, id: identity.agentId, server: server.href, ...spool.state() }, 'agent starting');
  if (store.schedule !== null) scheduler.apply(store.schedule.assignments);

  let end: AgentEnd = 'stopped';
  const planning = scheduler.run(measuring.signal);
  const sending = uplink.run(talking.signal);
  const controlling = control.run(talking.signal).then((outcome) => {
    end = outcome;
    stop();
  });
  try {
    await Promise.race([planning, faultOf(sending), faultOf(controlling)]);
    const revoked = (end as AgentEnd) === 'revoked';
    if (revoked)
      log.error({ agent: identity.name, identity: identityPath(dir) }, 'this agent was revoked: it stops measuring; enrol it anew to measure again');
    else log.info({ running: runner.running }, 'stopping');
    spool.leaving();
    await runner.stop(revoked ? 0 : RUN_GRACE_MS);
    talking.abort();
    await Promise.all([planning, sending, controlling]);
    if (!revoked) await flush(uplink, clock);
    log.info(spool.state(), 'agent stopped');
    return revoked ? 'revoked' : 'stopped';
  } finally {
    signal.removeEventListener('abort', stop);
    measuring.abort();
    talking.abort();
    await store.flush();
    await budgetFile.flush();
    spool.close();
    http.close();
  }
}

export interface Identifying extends AgentOptions {
  readonly http: HttpClient;
  readonly platform: string;
  readonly clock: Clock;
  readonly random: Random;
}

interface Identified {
  readonly identity: Identity;
  readonly server: URL;
  /** Where the server was before; null where it is where it was. */
  readonly movedFrom: string | null;
}

/** The kept identity, or a new one; null where it was aborted before there was one. */
export async function identify(options: Identifying, signal: AbortSignal): Promise<Identified | null> {
  const { dir, allowPlainHttp, log } = options;
  const kept = await readIdentity(dir);
  const text = options.server ?? kept?.server;
  if (text === undefined) throw new TachoError('invalid_request', 'missing server: expected --server URL, or TACHO_SERVER');
  const server = parseServerUrl(text, { allowPlainHttp });
  if (kept !== null) {
    await forgetEnrolmentNonce(dir);
    const movedFrom = server.href === kept.server ? null : kept.server;
    return { identity: { ...kept, server: server.href }, server, movedFrom };
  }
  const token = await options.readToken();
  if (token === null) {
    throw new TachoError(
      'unauthenticated',
      `this agent is not enrolled (${identityPath(dir)} is not there): expected an enrolment token from --token-file`,
    );
  }
  const identity = await enrolPatiently({ ...options, server, token, nonce: await enrolmentNonce(dir) }, signal);
  if (identity === null) return null;
  await writeIdentity(dir, identity);
  await forgetEnrolmentNonce(dir);
  log.info({ agent: identity.name, id: identity.agentId, server: server.href }, 'enrolled');
  return { identity, server, movedFrom: null };
}

/** Enrols, waiting for a server that is not there yet. A refusal is final. */
async function enrolPatiently(
  options: Omit<Identifying, 'server'> & { server: URL; token: string; nonce: string },
  signal: AbortSignal,
): Promise<Identity | null> {
  const { clock, random, log } = options;
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      return await enrol({ ...options, hostName: hostname() }, signal);
    } catch (error) {
      if (error instanceof TachoError && !['unavailable', 'internal', 'rate_limited'].includes(error.code)) throw error;
      const waitMs = backoffMs(attempt, BACKOFF, random);
      log.warn({ err: error, waitMs }, 'cannot enrol yet; trying again');
      await clock.sleep(waitMs, signal).catch(() => undefined);
    }
  }
  return null;
}

/** Marks the spool's results as this enrolment's; from the credential, because ids repeat between servers. */
function ownerOf({ credential }: Identity): string {
  return createHash('sha256').update(`spool:${credential}`).digest('hex').slice(0, 16);
}

async function flush(uplink: Uplink, clock: Clock): Promise<void> {
  const deadline = new AbortController();
  const done = new AbortController();
  clock.sleep(FLUSH_GRACE_MS, done.signal).then(
    () => deadline.abort(),
    () => undefined,
  );
  await uplink.flush(deadline.signal);
  done.abort();
}

/** Rejects where the part fails; never resolves. */
function faultOf(part: Promise<unknown>): Promise<never> {
  return new Promise((_, reject) => {
    part.catch(reject);
  });
}
