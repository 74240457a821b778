import type { InterfaceCounters, MemoryFigures } from '../../parsers/proc.ts';

/** Where the figures come from that Node itself does not give on every platform. */
export interface SystemSource {
  readonly tool: string;
  memory(): Promise<MemoryFigures>;
  counters(): Promise<readonly InterfaceCounters[]>;
  /** Nominal speed of a link in megabits a second; null where it is unknown or has none. */
  linkSpeedMbps(name: string): Promise<number | null>;
}
