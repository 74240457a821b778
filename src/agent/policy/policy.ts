import { isIP } from 'node:net';
import type { Capabilities, Listening } from '../../model/agent.ts';
import { problemsOf } from '../../model/errors.ts';
import { findKind } from '../../model/kinds/index.ts';
import type { KindDefinition } from '../../model/kinds/kind.ts';
import type { Guard } from '../../probes/guard.ts';
import { hostOf } from '../../probes/target.ts';
import type { Assignment } from '../../protocol/messages.ts';
import { HostList } from './destinations.ts';
import { defaultRules, type PolicyRules } from './rules.ts';

export type PolicyRefusal = 'unknown_kind' | 'refused_by_policy';

/** What the agent says to an instruction: whether it does it, or why not. */
export type Verdict = { readonly allowed: true } | { readonly allowed: false; readonly code: PolicyRefusal; readonly message: string };

/** Judges what the server asks for. The server is trusted with what to measure only as far as this goes. */
export interface Policy {
  judge(assignment: Assignment): Verdict;
}

/** What another agent's run asks of this machine. */
export interface ListenOrder {
  readonly kind: string;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly port: number | null;
}

/** What one set of rules says to everything that an agent is asked to do. */
export class RulePolicy implements Policy {
  readonly rules: PolicyRules;
  /** Why these are not the rules of the file; null where they are, or where there is no file. */
  readonly broken: string | null;
  /** What a run is shown the network through. */
  readonly guard: Guard;
  readonly #allow: HostList | null;
  readonly #deny: HostList;
  readonly #from: HostList | null;

  constructor(rules: PolicyRules, broken: string | null = null) {
    this.rules = rules;
    this.broken = broken;
    this.#allow = rules.allow === null ? null : new HostList(rules.allow);
    this.#deny = new HostList(rules.deny);
    this.#from = rules.listening?.from == null ? null : new HostList(rules.listening.from);
    this.guard = {
      refuseName: (host) => this.#refuseName(host),
      refuseAddress: (address, host) => this.#refuseAddress(address, host),
      refusePeer: (address) => this.#refusePeer(address),
    };
  }

  /** Ports on which other agents may reach this one. */
  get listening(): Listening | null {
    const { listening } = this.rules;
    return listening === null ? null : { port_from: listening.portFrom, port_to: listening.portTo };
  }

  judge({ kind: name, destination, spec, timetable }: Assignment): Verdict {
    const kind = findKind(name);
    if (kind === undefined) return { allowed: false, code: 'unknown_kind', message: `this agent does not know the kind ${name}` };
    if ((kind.target === 'none') !== (destination === null)) {
      return refused(`invalid assignment: ${name} expects ${kind.target === 'none' ? 'no destination' : 'a destination'}`);
    }
    const { shortestIntervalMs } = this.rules;
    if (timetable.intervalMs !== null && timetable.intervalMs < shortestIntervalMs) {
      return this.#refuse(
        `rates.shortest_interval_s: expected an interval of at least ${shortestIntervalMs / 1000} s, got ${timetable.intervalMs / 1000} s`,
      );
    }
    return this.#judgeKind(kind, spec) ?? this.#judgeHost(kind, destination?.host ?? '') ?? { allowed: true };
  }

  /** Whether this machine may be the other end of such a run, on this port. */
  judgeListening({ kind: name, spec, port }: ListenOrder): Verdict {
    const kind = findKind(name);
    if (kind === undefined) return { allowed: false, code: 'unknown_kind', message: `this agent does not know the kind ${name}` };
    if (kind.listens !== true) return refused(`invalid order to listen: ${name} has no other end`);
    const { listening } = this.rules;
    if (listening === null) return this.#refuse('listening: this agent listens for nobody');
    if (port !== null && (port < listening.portFrom || port > listening.portTo)) {
      return this.#refuse(`listening.ports: expected ${listening.portFrom}-${listening.portTo}, got ${port}`);
    }
    return this.#judgeKind(kind, spec) ?? { allowed: true };
  }

  /** Megabytes a day: the server's or the owner's, whichever are fewer; null is without limit. */
  budgetOf(fromServer: number | null): number | null {
    const { megabytesPerDay } = this.rules;
    if (megabytesPerDay === null || fromServer === null) return megabytesPerDay ?? fromServer;
    return Math.min(megabytesPerDay, fromServer);
  }

  /** What this machine can measure, less what its owner does not let it. */
  limit(capabilities: Capabilities): Capabilities {
    const { kinds } = this.rules;
    const broken = this.broken === null ? null : `policy broken, only loopback is measured: ${this.broken}`;
    return Object.fromEntries(
      Object.entries(capabilities).map(([kind, found]) => {
        const known =
          kinds !== null && !kinds.includes(kind) ? { ...found, available: false, note: "not among the kinds of this agent's policy" } : found;
        if (broken === null) return [kind, known];
        return [
          kind,
          {
            ...known,
            note: [broken, known.note]
              .filter((text) => text !== null)
              .join('; ')
              .slice(0, 500),
          },
        ];
      }),
    );
  }

  #judgeKind(kind: KindDefinition, spec: Readonly<Record<string, unknown>>): Verdict | null {
    const { kinds, packetsPerSecond, rateMbps } = this.rules;
    if (kinds !== null && !kinds.includes(kind.kind)) return this.#refuse(`kinds: expected one of ${kinds.join(', ') || 'none'}, got ${kind.kind}`);
    // Strict: an option nobody knows here would change what is measured where it is known.
    const parsed = kind.spec.strict().safeParse(spec);
    if (!parsed.success) {
      const [problem] = problemsOf(parsed.error, { value: spec });
      return refused(`invalid options of ${kind.kind}: ${[problem?.path, problem?.message].filter(Boolean).join(': ')}`);
    }
    const peak = kind.peak?.(parsed.data);
    if (peak === undefined) return null;
    if (peak.packetsPerSecond !== undefined && peak.packetsPerSecond > packetsPerSecond) {
      return this.#refuse(`rates.packets_per_second: expected at most ${packetsPerSecond}, got ${peak.packetsPerSecond}`);
    }
    if (rateMbps !== null && peak.rateMbps !== undefined && (peak.rateMbps === null || peak.rateMbps > rateMbps)) {
      return this.#refuse(`rates.rate_mbps: expected at most ${rateMbps}, got ${peak.rateMbps ?? 'no limit'}`);
    }
    return null;
  }

  /** What can be said before anything is looked up; the rest is said when the run knows the address. */
  #judgeHost({ target }: KindDefinition, text: string): Verdict | null {
    if (target === 'none') return null;
    const host = hostOf(text);
    // What is no host at all the probe itself refuses, in its own words.
    if (host === null) return null;
    // A name that is only asked about is not itself gone to.
    const why = target === 'name' ? this.#deniedName(host) : isIP(host) === 0 ? this.#refuseName(host) : this.#refuseAddress(host, host);
    return why === null ? null : { allowed: false, code: 'refused_by_policy', message: why };
  }

  #deniedName(host: string): string | null {
    const rule = this.#deny.name(host);
    return rule === null ? null : this.#words(`destinations.deny: ${host} is covered by ${rule}`);
  }

  #refuseName(host: string): string | null {
    const denied = this.#deniedName(host);
    if (denied !== null || this.#allow === null || this.#allow.name(host) !== null || this.#allow.hasNetworks) return denied;
    return this.#words(`destinations.allow: ${host} is covered by none of its rules`);
  }

  #refuseAddress(address: string, host: string): string | null {
    const shown = address === host ? address : `${host} is ${address}, which`;
    const rule = this.#deny.touches(address);
    if (rule !== null) return this.#words(`destinations.deny: ${shown} is covered by ${rule}`);
    if (this.#allow === null || this.#allow.covers(address)) return null;
    if (isIP(host) === 0 && this.#allow.name(host) !== null) return null;
    return this.#words(`destinations.allow: ${shown} is covered by none of its rules`);
  }

  #refusePeer(address: string): string | null {
    if (this.#from === null || this.#from.covers(address)) return null;
    return this.#words(`listening.from: ${address} is covered by none of its rules`);
  }

  #refuse(message: string): Verdict {
    return refused(this.#words(message));
  }

  #words(rule: string): string {
    return `refused by this agent's policy${this.broken === null ? '' : ' (its file is broken, only loopback is measured)'}: ${rule}`;
  }
}

/** What holds without a file. */
export const defaultPolicy = new RulePolicy(defaultRules);

function refused(message: string): Verdict {
  return { allowed: false, code: 'refused_by_policy', message };
}
