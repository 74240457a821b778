import type { Guard } from '../../probes/guard.ts';
import type { Assignment } from '../../protocol/messages.ts';
import type { Clock } from '../../util/clock.ts';
import type { Log } from '../log.ts';
import type { Run } from '../record.ts';
import type { Skip } from '../scheduler.ts';
import { loadPolicy, type LoadedPolicy, type PolicySource } from './file.ts';
import type { Policy, RulePolicy, Verdict } from './policy.ts';
import { RunRate } from './run-rate.ts';

/** Refused runs that become results in a minute: a server that asks for too much shall not fill the spool with it. */
const MOST_REFUSALS_PER_MINUTE = 600;

export interface PolicyKeeperOptions {
  readonly source: PolicySource;
  readonly clock: Clock;
  readonly log: Log;
}

/** The policy that holds now: read at the start, and again when asked. */
export class PolicyKeeper implements Policy {
  readonly #options: PolicyKeeperOptions;
  readonly #rate: RunRate;
  readonly #refusals: RunRate;
  #policy: RulePolicy;

  private constructor(options: PolicyKeeperOptions, { policy }: LoadedPolicy) {
    this.#options = options;
    this.#policy = policy;
    this.#rate = new RunRate(options.clock, policy.rules.runsPerMinute);
    this.#refusals = new RunRate(options.clock, MOST_REFUSALS_PER_MINUTE);
  }

  static async open(options: PolicyKeeperOptions): Promise<PolicyKeeper> {
    const loaded = await loadPolicy(options.source);
    tell(loaded, options.log);
    return new PolicyKeeper(options, loaded);
  }

  get current(): RulePolicy {
    return this.#policy;
  }

  /** What probes see the network through; it asks the policy of that moment. */
  readonly guard: Guard = {
    refuseName: (host) => this.#policy.guard.refuseName(host),
    refuseAddress: (address, host) => this.#policy.guard.refuseAddress(address, host),
    refusePeer: (address) => this.#policy.guard.refusePeer(address),
  };

  judge(assignment: Assignment): Verdict {
    return this.#policy.judge(assignment);
  }

  /** Reads the file again. */
  async reload(): Promise<void> {
    const loaded = await loadPolicy(this.#options.source);
    tell(loaded, this.#options.log);
    this.#policy = loaded.policy;
    this.#rate.set(loaded.policy.rules.runsPerMinute);
  }

  /** Whether one more run may begin now; it counts as begun where it may. 'silently': no more is said of it. */
  admit(run: Run): Skip | 'silently' | null {
    if (this.#rate.take()) return null;
    if (!this.#refusals.take()) return 'silently';
    const most = this.#policy.rules.runsPerMinute;
    const asked = run.id === null ? ' (asked for beside the plan)' : '';
    return {
      code: 'refused_by_policy',
      message: `refused by this agent's policy: rates.runs_per_minute: more than ${most} runs in a minute${asked}`,
    };
  }
}

function tell({ policy, path, problems }: LoadedPolicy, log: Log): void {
  if (policy.broken !== null) {
    log.error({ file: path, problems }, 'the policy is broken: until it is mended only loopback is measured, and nobody is listened for');
  } else if (path !== null) log.info({ file: path }, 'policy read');
}
