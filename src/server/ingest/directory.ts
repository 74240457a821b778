import { TachoError } from '../../model/errors.ts';
import { name as nameSchema, referenceId, type Reference } from '../../model/name.ts';
import type { ControlStore } from '../../store/control/control-store.ts';

export type Thing = 'agent' | 'destination' | 'job';

/**
 * Names to ids and back, remembered in memory: ingest asks for each result. What is unknown is looked for in the
 * control store, so that another server's additions are found; renames and deletions must be told with `forget`.
 */
export interface Directory {
  /** The id for a reference, or null where there never was such a thing: results of what was removed are still kept and found, by id. */
  resolve(thing: Thing, reference: Reference): Promise<number | null>;
  /** The id for a reference; an unknown name becomes an external agent or destination. */
  resolveOrCreate(thing: 'agent' | 'destination', reference: Reference): Promise<number | null>;
  /** Today's name of an id; its last name and that it was removed, where it is gone. */
  nameOf(thing: Thing, id: number): Promise<string>;
  forget(thing: Thing): void;
}

/** More names than this means somebody posts random ones; then memory is begun anew. */
const MOST_REMEMBERED = 100_000;

export function createDirectory(control: ControlStore): Directory {
  const ids = { agent: new Map<string, number>(), destination: new Map<string, number>(), job: new Map<string, number>() };
  const names = { agent: new Map<number, string>(), destination: new Map<number, string>(), job: new Map<number, string>() };
  const formerNames = { agent: new Map<number, string>(), destination: new Map<number, string>(), job: new Map<number, string>() };
  const stores = { agent: control.agents, destination: control.destinations, job: control.jobs };

  const remember = (thing: Thing, row: { id: number; name: string }): number => {
    if (ids[thing].size > MOST_REMEMBERED) forget(thing);
    ids[thing].set(row.name, row.id);
    names[thing].set(row.id, row.name);
    return row.id;
  };
  const forget = (thing: Thing): void => {
    ids[thing].clear();
    names[thing].clear();
    formerNames[thing].clear();
  };
  const formerNameOf = async (thing: Thing, id: number): Promise<string | null> => {
    const former = formerNames[thing].get(id) ?? (await control.formerNames.find(thing, id));
    if (former !== null) formerNames[thing].set(id, former);
    return former;
  };
  const resolve = async (thing: Thing, reference: Reference): Promise<number | null> => {
    const id = referenceId(reference);
    if (id !== null) {
      if (names[thing].has(id)) return id;
      const row = await stores[thing].find(id);
      if (row !== null) return remember(thing, row);
      return (await formerNameOf(thing, id)) === null ? null : id;
    }
    const name = String(reference);
    const known = ids[thing].get(name);
    if (known !== undefined) return known;
    const row = await stores[thing].findByName(name);
    return row === null ? null : remember(thing, row);
  };

  return {
    resolve,
    resolveOrCreate: async (thing, reference) => {
      const found = await resolve(thing, reference);
      if (found !== null || referenceId(reference) !== null) return found;
      const name = nameSchema.safeParse(reference);
      if (!name.success) return null;
      try {
        const row =
          thing === 'agent'
            ? await control.agents.create({ name: name.data, labels: {}, external: true })
            : await control.destinations.create(
                { name: name.data, display_name: null, description: null, tags: [], status: 'active' },
                { external: true },
              );
        return remember(thing, row);
      } catch (error) {
        // Another request made it between our look and our creation.
        if (error instanceof TachoError && error.code === 'name_taken') return resolve(thing, reference);
        throw error;
      }
    },
    nameOf: async (thing, id) => {
      const known = names[thing].get(id);
      if (known !== undefined) return known;
      const row = await stores[thing].find(id);
      if (row !== null) {
        remember(thing, row);
        return row.name;
      }
      const former = await formerNameOf(thing, id);
      return former === null ? `${thing} ${id}` : `${former} (removed)`;
    },
    forget,
  };
}
