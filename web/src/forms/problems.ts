import { ApiError } from '../api/api-error.ts';

/** What the API said is wrong, by field: each message is shown at the field it belongs to. */
export class Problems {
  readonly #byPath: ReadonlyMap<string, string>;
  /** What belongs to no field of the form. */
  readonly general: string | null;

  /** @param fields Paths of the form's fields; a problem within one (`destinations[0]`) belongs to it. */
  constructor(error: Error | null, fields: readonly string[]) {
    const byPath = new Map<string, string>();
    const rest: string[] = [];
    const at = (path: string): string | undefined =>
      fields.find((field) => path === field || path.startsWith(`${field}[`) || path.startsWith(`${field}.`));
    const said = error instanceof ApiError ? error.problems : [];
    for (const { path, message } of said) {
      const field = at(path);
      if (field === undefined) rest.push(path === '' ? message : `${path}: ${message}`);
      else byPath.set(field, byPath.has(field) ? `${byPath.get(field) ?? ''}; ${message}` : message);
    }
    if (error instanceof ApiError && error.code === 'name_taken' && fields.includes('name')) byPath.set('name', error.message);
    else if (error !== null && said.length === 0) rest.push(error.message);
    this.#byPath = byPath;
    this.general = rest.length === 0 ? null : rest.join('; ');
  }

  at(field: string): string | null {
    return this.#byPath.get(field) ?? null;
  }

  /** Whether any field within this path has a problem. */
  within(prefix: string): boolean {
    return [...this.#byPath.keys()].some((path) => path === prefix || path.startsWith(`${prefix}.`));
  }
}
