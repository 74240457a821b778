import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { Problem } from '../../../src/model/errors.ts';
import { Problems, problemsAt, refusedProblems } from './problems.ts';

interface DraftParts<Draft, Saved> {
  /** What stands in the fields at first. */
  readonly initial: () => Draft;
  /** Paths of the fields, as the API names them. A key of the draft is the path of its field. */
  readonly fields: readonly string[];
  /** What a person forgot, in the form's words: while there is any, nothing is sent. The rest the API judges. */
  readonly missing: (draft: Draft) => readonly Problem[];
  readonly save: (draft: Draft) => Promise<Saved>;
  readonly onSaved: (saved: Saved) => void | Promise<void>;
}

/** A form's fields, what is wrong with them, and how they are saved. */
export interface DraftForm<Draft> {
  readonly draft: Draft;
  /** Changes fields, and takes back what was said of them. `paths`: where the fields are not keys of the draft. */
  readonly change: (part: Partial<Draft>, paths?: readonly string[]) => void;
  readonly problems: Problems;
  /** Grows with each refusal: then the first problem is read. */
  readonly refusals: number;
  readonly saving: boolean;
  readonly submit: () => void;
}

export function useDraft<Draft extends object, Saved>({ initial, fields, missing, save, onSaved }: DraftParts<Draft, Saved>): DraftForm<Draft> {
  const [draft, setDraft] = useState(initial);
  const [refusal, setRefusal] = useState({ problems: new Problems(), count: 0 });
  const refuse = (problems: Problems): void => {
    setRefusal(({ count }) => ({ problems, count: count + 1 }));
  };
  const saving = useMutation({
    mutationFn: () => save(draft),
    onSuccess: onSaved,
    onError: (error) => {
      refuse(refusedProblems(error, fields));
    },
  });
  return {
    draft,
    change: (part, paths = Object.keys(part)) => {
      setDraft((old) => ({ ...old, ...part }));
      setRefusal(({ problems, count }) => ({ problems: problems.without(paths), count }));
    },
    problems: refusal.problems,
    refusals: refusal.count,
    saving: saving.isPending,
    submit: () => {
      const forgotten = missing(draft);
      if (forgotten.length > 0) refuse(problemsAt(forgotten, fields));
      else saving.mutate();
    },
  };
}
