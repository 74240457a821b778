import { findKind, isKind, type Kind } from '../model/kinds/index.ts';
import { TachoError } from '../model/errors.ts';
import { systemContext } from '../probes/context.ts';
import type { Guard } from '../probes/guard.ts';
import { loadProbe } from '../probes/index.ts';
import { detectAll, measure as measureForReal } from '../probes/measure.ts';
import type { Probe } from '../probes/probe.ts';
import { reaches } from '../probes/reach.ts';
import type { Reach } from './breakers.ts';
import type { Detect } from './detected.ts';
import { Leash } from './leash.ts';
import type { Listen } from './listeners.ts';
import type { Log } from './log.ts';
import type { Measure } from './runner.ts';

export interface Probing {
  readonly measure: Measure;
  readonly detect: Detect;
  readonly listen: Listen;
  readonly reach: Reach;
}

/** This machine's probes. Ends first what an earlier agent of the same directory left running. */
export async function probing(dir: string, { guard, log }: { guard: Guard; log: Log }): Promise<Probing> {
  const context = { ...systemContext(dir), guard };
  const leash = new Leash({ dir, run: context.run, log });
  await leash.endLeftovers();
  const leashed = { ...context, run: leash.run };
  return {
    // What must be alone may not go on when nobody holds its lease any more; other runs are short.
    measure: (order, cancel) => measureForReal(order, findKind(order.kind)?.exclusive === true ? leashed : context, cancel),
    detect: () => detectAll(context),
    reach: (target, cancel) => reaches(target, context, cancel),
    listen: async ({ kind, port, spec }, signal) => {
      const definition = findKind(kind);
      const probe: Pick<Probe, 'listen'> | null = isKind(kind) ? await loadProbe<Kind>(kind) : null;
      if (definition === undefined || probe?.listen === undefined) throw new TachoError('unavailable', `cannot listen for the kind ${kind}`);
      const options = { port, bind: null, spec: definition.spec.parse(spec) } as Parameters<NonNullable<Probe['listen']>>[0];
      return probe.listen(options, leashed, signal);
    },
  };
}
