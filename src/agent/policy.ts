import { problemsOf } from '../model/errors.ts';
import { findKind } from '../model/kinds/index.ts';
import type { Assignment } from '../protocol/messages.ts';

export type PolicyRefusal = 'unknown_kind' | 'refused_by_policy';

/** What the agent says to an instruction: whether it does it, or why not. */
export type Verdict = { readonly allowed: true } | { readonly allowed: false; readonly code: PolicyRefusal; readonly message: string };

/** Judges what the server asks for. The server is trusted with what to measure only as far as this goes. */
export interface Policy {
  judge(assignment: Assignment): Verdict;
}

/** Allows every kind known here, with a specification that fits it. */
export const defaultPolicy: Policy = {
  judge(assignment) {
    const kind = findKind(assignment.kind);
    if (kind === undefined) return { allowed: false, code: 'unknown_kind', message: `this agent does not know the kind ${assignment.kind}` };
    if ((kind.target === 'none') !== (assignment.destination === null)) {
      const expected = kind.target === 'none' ? 'no destination' : 'a destination';
      return refused(`invalid assignment: ${assignment.kind} expects ${expected}`);
    }
    const spec = kind.spec.safeParse(assignment.spec);
    if (!spec.success) {
      const [problem] = problemsOf(spec.error, { value: assignment.spec });
      return refused(`invalid options of ${assignment.kind}: ${problem?.path ?? ''}: ${problem?.message ?? ''}`);
    }
    return { allowed: true };
  },
};

function refused(message: string): Verdict {
  return { allowed: false, code: 'refused_by_policy', message };
}
