import type { Destination } from '../../../../src/model/destination.ts';
import type { Problem } from '../../../../src/model/errors.ts';
import { textOrNull } from '../../forms/text-or-null.ts';

/** A destination as it stands in the fields of its form. */
export interface DestinationDraft {
  readonly name: string;
  /** Empty where it is the name. */
  readonly host: string;
  readonly display_name: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly status: Destination['status'];
  /** The agent that this destination is: not shown, and sent back as it was. */
  readonly agent: number | null;
}

export function destinationDraft(destination: Destination | null): DestinationDraft {
  return {
    name: destination?.name ?? '',
    host: destination === null || destination.host === destination.name ? '' : destination.host,
    display_name: destination?.display_name ?? '',
    description: destination?.description ?? '',
    tags: destination?.tags ?? [],
    status: destination?.status ?? 'active',
    agent: destination?.agent_id ?? null,
  };
}

/** What is sent; judged by the API alone. */
export function destinationBody({ host, display_name: title, description, agent, ...rest }: DestinationDraft): unknown {
  return {
    ...rest,
    ...(agent === null ? {} : { agent }),
    ...(host.trim() === '' ? {} : { host }),
    display_name: textOrNull(title),
    description: textOrNull(description),
  };
}

export function missingOfDestination({ name }: DestinationDraft): Problem[] {
  return name.trim() === '' ? [{ path: 'name', message: 'Give the destination a name' }] : [];
}
