import type { Destination } from '../../../../src/model/destination.ts';

/** Where the API has a destination: its name among what is about to be removed. */
export function destinationPath({ id }: Pick<Destination, 'id'>): string {
  return `/api/destinations/${id}`;
}
