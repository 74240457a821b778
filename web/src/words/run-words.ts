import type { PlannedRun } from '../../../src/model/planned-run.ts';

/** Why a run is what it is, in words; null where its status says all. */
export function runReason({ status, failure, late_possible: late }: Pick<PlannedRun, 'status' | 'failure' | 'late_possible'>): string | null {
  if (failure !== null) return failure.message;
  if (status === 'missing') return late ? 'nothing was reported; its agent may still deliver it' : 'nothing was reported';
  return status === 'pending' ? 'its result may be under way' : null;
}
