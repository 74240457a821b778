import type { LeaseLink } from '../../src/agent/lease-link.ts';
import type { AgentMessage } from '../../src/protocol/messages.ts';
import type { ManualClock } from './manual-clock.ts';

/** A control connection for tests of leases: keeps what is sent, and answers heartbeats at once while `answers`. */
export class FakeLeaseLink implements LeaseLink {
  connected = true;
  answers = true;
  answeredAt: number;
  readonly sent: AgentMessage[] = [];
  readonly #clock: ManualClock;

  constructor(clock: ManualClock) {
    this.#clock = clock;
    this.answeredAt = clock.monotonic();
  }

  beat(): void {
    if (this.connected && this.answers) this.answeredAt = this.#clock.monotonic();
  }

  send(message: AgentMessage): boolean {
    if (!this.connected) return false;
    this.sent.push(message);
    return true;
  }

  /** What was sent since the last time, in short. */
  said(): string[] {
    return this.sent.splice(0).map((message) => ('lease' in message ? `${message.type} ${message.lease}` : message.type));
  }
}
