/**
 * Names out of `tacho THINGS list --json`: the only ones six spaces deep. Texts of JSON escape the quote and the
 * backslash; names hold no control characters.
 */
export const NAMES_OF_LIST = String.raw`sed -n 's/^      "name": "\(.*\)",$/\1/p' | sed 's/\\\(["\\]\)/\1/g'`;

/** A text as one word of bash or zsh, whatever it holds. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** The branches of a `case`: patterns that are exact texts, and what to do. */
export function caseOf(branches: readonly (readonly [texts: readonly string[], body: string])[]): string {
  return branches.map(([texts, body]) => `    ${texts.map(quoted).join(' | ')}) ${body} ;;`).join('\n');
}
