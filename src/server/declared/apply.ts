import type { ApplyAnswer, ApplyItem, ApplyRequest } from '../../model/apply.ts';
import { readDeclared } from '../../model/config-file.ts';
import { TachoError, type Problem } from '../../model/errors.ts';
import type { StoredJob } from '../../model/job.ts';
import type { ControlStore, Objects } from '../../store/control/control-store.ts';
import type { Clock } from '../../util/clock.ts';
import type { Coordinator } from '../coordinator/coordinator.ts';
import type { Directory } from '../ingest/directory.ts';
import type { JobMonitor } from '../planning/job-monitor.ts';
import type { Hub } from '../live/hub.ts';
import { planDeclared, type DeclaredPlan } from './plan.ts';

export interface ApplyParts {
  readonly control: ControlStore;
  readonly coordinator: Pick<Coordinator, 'replan'>;
  readonly jobMonitor: Pick<JobMonitor, 'describe'>;
  readonly directory: Pick<Directory, 'forget'>;
  readonly hub: Pick<Hub, 'jobChanged' | 'removed'>;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Makes what is declared so: all of it, or nothing.
 * @throws {TachoError} invalid_request, whose details are every problem of every object with its path
 */
export async function applyDeclared(parts: ApplyParts, request: ApplyRequest): Promise<ApplyAnswer> {
  const { control, coordinator, jobMonitor, directory, hub, clock } = parts;
  const { source, dry_run: dryRun } = request;
  const declared = readDeclared(request);
  const orphans = request.prune ? 'remove' : request.release ? 'release' : 'keep';
  const { plan, jobs } = await control.together(async (objects) => {
    const [destinations, present, agents] = [await objects.destinations.list(), await objects.jobs.list(), await objects.agents.list()];
    const plan = planDeclared(declared, { destinations, jobs: present, agents }, { source, orphans, now: clock.now() });
    if (plan.problems.length > 0) throw refusal(plan.problems);
    return { plan, jobs: dryRun ? [] : await carryOut(plan, objects, source) };
  });
  const items = [...plan.destinations, ...plan.jobs].map(toItem);
  const changed = items.some(({ action }) => action !== 'none' && action !== 'keep');
  if (changed && !dryRun) {
    directory.forget('destination');
    directory.forget('job');
    for (const { id, action } of plan.jobs) if (action === 'remove' && id !== null) hub.removed('jobs', id);
    await coordinator.replan();
    for (const job of jobs) hub.jobChanged(await jobMonitor.describe(job));
  }
  return { source, dry_run: dryRun, changed, items, warnings: [...plan.warnings] };
}

/** Answers the jobs that are new or another. */
async function carryOut(plan: DeclaredPlan, { destinations, jobs }: Objects, source: string): Promise<StoredJob[]> {
  // Jobs go first and come last: nothing names what is not there.
  for (const { id, action } of plan.jobs) if (action === 'remove' && id !== null) await jobs.remove(id);
  for (const { id, action, input, agentId } of plan.destinations) {
    const options = { agentId, declaredBy: source };
    if (action === 'remove' && id !== null) await destinations.remove(id);
    else if (action === 'release' && id !== null) await releaseDestination(destinations, id);
    else if (action === 'change' && id !== null && input !== null) await destinations.update(id, input, options);
    else if (action === 'add' && input !== null) await destinations.create(input, options);
  }
  const changed: StoredJob[] = [];
  for (const { id, action, input } of plan.jobs) {
    if (action === 'release' && id !== null) changed.push(...(await releaseJob(jobs, id)));
    else if (action === 'change' && id !== null && input !== null) changed.push(await jobs.update(id, input, { declaredBy: source }));
    else if (action === 'add' && input !== null) changed.push(await jobs.create(input, { declaredBy: source }));
  }
  return changed;
}

async function releaseDestination(destinations: Objects['destinations'], id: number): Promise<void> {
  const found = await destinations.find(id);
  if (found !== null) await destinations.update(id, found, { agentId: found.agent_id });
}

async function releaseJob(jobs: Objects['jobs'], id: number): Promise<StoredJob[]> {
  const found = await jobs.find(id);
  return found === null ? [] : [await jobs.update(id, found)];
}

function toItem({ thing, name, action, takes_over, changes }: ApplyItem): ApplyItem {
  return { thing, name, action, takes_over, changes };
}

function refusal(problems: readonly Problem[]): TachoError {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return new TachoError('invalid_request', `${first?.path ?? ''}: ${first?.message ?? ''}${more}`, { details: problems });
}
