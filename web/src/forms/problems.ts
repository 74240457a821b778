import { ApiError } from '../api/api-error.ts';
import type { Problem } from '../../../src/model/errors.ts';

/** What is wrong with a form, by field: each message is shown at the field it belongs to. */
export class Problems {
  readonly #byPath: ReadonlyMap<string, string>;
  /** What belongs to no field of the form. */
  readonly general: string | null;

  constructor(byPath: ReadonlyMap<string, string> = new Map(), general: string | null = null) {
    this.#byPath = byPath;
    this.general = general;
  }

  at(field: string): string | null {
    return this.#byPath.get(field) ?? null;
  }

  /** Whether any field within this path has a problem. */
  within(prefix: string): boolean {
    return [...this.#byPath.keys()].some((path) => path === prefix || path.startsWith(`${prefix}.`) || path.startsWith(`${prefix}[`));
  }

  /** The same without those of some fields: what was said of them was said of something else. */
  without(changed: readonly string[]): Problems {
    const rest = new Map([...this.#byPath].filter(([path]) => !changed.includes(path)));
    return rest.size === this.#byPath.size ? this : new Problems(rest, this.general);
  }
}

/**
 * What the API refused.
 * @param fields Paths of the form's fields; a problem within one (`destinations[0]`) belongs to it.
 */
export function refusedProblems(error: Error, fields: readonly string[]): Problems {
  if (error instanceof ApiError && error.code === 'name_taken' && fields.includes('name')) return new Problems(new Map([['name', error.message]]));
  if (!(error instanceof ApiError) || error.problems.length === 0) return new Problems(new Map(), error.message);
  return problemsAt(error.problems, fields);
}

/** What a form itself finds missing, in its own words. */
export function problemsAt(problems: readonly Problem[], fields: readonly string[]): Problems {
  const byPath = new Map<string, string>();
  const rest: string[] = [];
  for (const { path, message } of problems) {
    const field = fields.find((one) => path === one || path.startsWith(`${one}[`) || path.startsWith(`${one}.`));
    if (field === undefined) rest.push(path === '' ? message : `${path}: ${message}`);
    else byPath.set(field, byPath.has(field) ? `${byPath.get(field) ?? ''}; ${message}` : message);
  }
  return new Problems(byPath, rest.length === 0 ? null : rest.join('; '));
}
