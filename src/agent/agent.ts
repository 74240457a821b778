import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Listening } from '../model/agent.ts';
import type { Labels } from '../model/labels.ts';
import type { Schedule } from '../protocol/messages.ts';
import { systemClock, type Clock } from '../util/clock.ts';
import { systemRandom, type Random } from '../util/random.ts';
import { uptimeMs as systemUptimeMs } from '../util/uptime.ts';
import { makePrivateDirectory } from './atomic-file.ts';
import { Breakers, type Reach } from './breakers.ts';
import { Budget } from './budget.ts';
import { BudgetFile } from './budget-file.ts';
import { ClockOffset } from './clock-offset.ts';
import { ClockSteps } from './clock-steps.ts';
import { Control } from './control.ts';
import { rememberDetected, type Detect } from './detected.ts';
import { HttpClient } from './http-client.ts';
import { identify, ownerOf } from './identify.ts';
import { identityPath, writeIdentity } from './identity.ts';
import { leaseDeadline } from './lease-deadline.ts';
import type { LeaseLink } from './lease-link.ts';
import { Leases } from './leases.ts';
import { Listeners, type Listen } from './listeners.ts';
import type { Log } from './log.ts';
import { PolicyKeeper } from './policy/keeper.ts';
import { probing } from './probing.ts';
import { Runner, type Measure } from './runner.ts';
import { ScheduleStore } from './schedule-store.ts';
import { Scheduler } from './scheduler.ts';
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
  /** Under which host other agents reach this one; null: the address its connection comes from. */
  readonly advertise?: string | null;
  /** Ports on which it listens for other agents; null: it does not. */
  readonly listenPorts?: Listening | null;
  /** File of the policy; null is the one in the directory, where there is one. */
  readonly policy?: string | null;
  /** Is given what reads the policy again. */
  readonly onReload?: (reload: () => void) => void;
  readonly version: string;
  readonly log: Log;
  readonly measure?: Measure;
  /** Asks whether a host is there; as its breaker does where it is absent. */
  readonly reach?: Reach;
  readonly detect?: Detect;
  readonly listen?: Listen;
  readonly clock?: Clock;
  /** Time since the machine's boot, sleep included; null where nobody can tell. */
  readonly uptimeMs?: () => number | null;
  readonly random?: Random;
}

/** Why the agent ended: it was told to, or the server withdrew its credential. */
export type AgentEnd = 'stopped' | 'revoked';

/** How long runs may go on after the agent was told to stop, and how long the last flush may take. */
const RUN_GRACE_MS = 5000;
const FLUSH_GRACE_MS = 2000;

/** The composition root: builds every part, and keeps them going until aborted or revoked. */
export async function runAgent(options: AgentOptions, signal: AbortSignal): Promise<AgentEnd> {
  const { dir, log, labels, version } = options;
  const { clock = systemClock, uptimeMs = systemUptimeMs, random = systemRandom, advertise = null, listenPorts = null } = options;
  const platform = platformText();

  await makePrivateDirectory(dir);
  const policy = await PolicyKeeper.open({ source: { dir, file: options.policy ?? null, ports: listenPorts }, clock, log });
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
  const steps = new ClockSteps(clock, uptimeMs);
  const noticeStep = (): void => {
    const stepMs = steps.look();
    if (stepMs === 0) return;
    offset.stepped(stepMs);
    log.warn({ step_ms: stepMs, offset_ms: offset.measuredMs }, "this machine's clock was set");
  };
  const now = (): number => {
    noticeStep();
    return offset.planTime(clock.now());
  };
  const clockOffsetMs = (): number | null => {
    noticeStep();
    return offset.measuredMs;
  };
  // Only who has the spool: another agent's processes would be ended with what this directory's earlier one left.
  const real = await probing(dir, { guard: policy.guard, log });
  const { measure = real.measure, detect = real.detect, listen = real.listen, reach = real.reach } = options;
  const budgetFile = await BudgetFile.open({ dir, agentId: identity.agentId, log });
  const applyBudget = (): void => {
    budget.agentMbPerDay = policy.current.budgetOf(store.schedule?.budget_mb_per_day ?? null);
  };
  const budget = new Budget({ spent: budgetFile.spent, now, onSpent: (spent) => budgetFile.keep(spent) });
  applyBudget();

  // Made before the connection is, and used after.
  const link: LeaseLink = {
    get connected() {
      return control.connected;
    },
    get answeredAt() {
      return control.answeredAt;
    },
    beat: () => control.beat(),
    send: (message) => control.send(message),
  };
  const leases = new Leases({ clock, now, link, makeKey: randomUUID, log });
  const listeners = new Listeners({ clock, now, link, policy: () => policy.current, listen, log });
  const breakers = await Breakers.open({ dir, agentId: identity.agentId, clock, random, reach, log });
  const runner = new Runner({
    ...{ clock, measure, leases, log },
    keep: (result) => spool.add(result),
    clockOffsetMs,
    leaseDeadline: (run) => leaseDeadline(run, identity.agentId, now()),
    admit: (run) => {
      const held = policy.admit(run) ?? breakers.admit(run);
      if (held !== null) return held;
      const overspent = budget.spend(run.assignment);
      return overspent === null ? null : { ...overspent, details: breakers.tell(run, null) };
    },
    observe: (run, measured) => breakers.tell(run, measured),
    mostAtOnce: policy.current.rules.runsAtOnce,
  });
  const scheduler = new Scheduler({
    agentId: identity.agentId,
    clock,
    now,
    policy,
    marks: store,
    start: (run) => runner.start(run),
    skip: (run, why) => runner.skip(run, why),
  });
  const apply = (schedule: Schedule): void => {
    log.info({ version: schedule.version, assignments: schedule.assignments.length }, 'new schedule');
    breakers.apply(schedule);
    budget.agentMbPerDay = policy.current.budgetOf(schedule.budget_mb_per_day);
    scheduler.apply(schedule.assignments);
    store
      .save(schedule)
      .catch((error: unknown) => log.error({ err: error }, 'cannot keep the schedule; a restart without the server would not know it'));
  };
  const { credential } = identity;
  const uplink = new Uplink({
    ...{ http, server, credential, spool, clock, random, log },
    clockOffsetMs,
    onUnauthorized: () => control.recheck(),
    onDelivered: () => control.hurry(),
  });
  const detected = rememberDetected(detect, clock);
  const control: Control = new Control({
    ...{ server, credential, clock, random, log },
    facts: {
      ...{ version, platform, labels: Object.keys(labels).length === 0 ? null : labels, advertise },
      listening: () => policy.current.listening,
      leases: () => leases.held(),
      capabilities: async () => policy.current.limit(await detected()),
      spool: () => spool.state(),
      scheduleVersion: () => store.schedule?.version ?? null,
      running: () => runner.running,
      scheduled: () => scheduler.scheduled,
    },
    events: {
      onWelcome: ({ agent, serverVersion }) => {
        log.info({ agent: agent.name, server: serverVersion, offset_ms: offset.measuredMs }, 'connected');
        uplink.resume();
        leases.connected();
      },
      onSchedule: (schedule) => apply(schedule),
      onRunNow: (jobIds) => {
        if (!measuring.signal.aborted) scheduler.runNow(jobIds);
      },
      onLease: (message) => {
        if (message.type === 'listen') {
          if (!measuring.signal.aborted) listeners.listen(message);
        } else if (message.type === 'unlisten') listeners.unlisten(message.lease);
        else leases.hear(message);
      },
      onClockOffset: (offsetMs) => {
        noticeStep();
        if (offset.update(offsetMs))
          log.warn({ offset_ms: offsetMs }, "this machine's clock differs from the server's; the plan follows the server's");
      },
    },
  });

  options.onReload?.(() => {
    policy
      .reload()
      .then(() => {
        applyBudget();
        runner.resize(policy.current.rules.runsAtOnce);
        if (store.schedule !== null) scheduler.apply(store.schedule.assignments);
        listeners.policyChanged();
        control.introduceAnew();
      })
      .catch((error: unknown) => log.error({ err: error }, 'cannot read the policy again; the one before holds'));
  });

  const measuring = new AbortController();
  const talking = new AbortController();
  const stop = (): void => measuring.abort();
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  log.info({ agent: identity.name, id: identity.agentId, server: server.href, ...spool.state() }, 'agent starting');
  if (store.schedule !== null) {
    breakers.apply(store.schedule);
    scheduler.apply(store.schedule.assignments);
  }

  let end: AgentEnd = 'stopped';
  const planning = scheduler.run(measuring.signal);
  const knocking = breakers.run(measuring.signal);
  const sending = uplink.run(talking.signal);
  const controlling = control.run(talking.signal).then((outcome) => {
    end = outcome;
    stop();
  });
  try {
    await Promise.race([planning, faultOf(sending), faultOf(controlling), faultOf(knocking)]);
    const revoked = (end as AgentEnd) === 'revoked';
    if (revoked)
      log.error({ agent: identity.name, identity: identityPath(dir) }, 'this agent was revoked: it stops measuring; enrol it anew to measure again');
    else log.info({ running: runner.running }, 'stopping');
    spool.leaving();
    await Promise.all([runner.stop(revoked ? 0 : RUN_GRACE_MS), listeners.stop()]);
    talking.abort();
    await Promise.all([planning, sending, controlling, knocking]);
    if (!revoked) await flush(uplink, clock);
    log.info(spool.state(), 'agent stopped');
    return revoked ? 'revoked' : 'stopped';
  } finally {
    signal.removeEventListener('abort', stop);
    measuring.abort();
    talking.abort();
    await listeners.stop();
    await store.flush();
    await budgetFile.flush();
    spool.close();
    http.close();
  }
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
