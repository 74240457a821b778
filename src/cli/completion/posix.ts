/**
 * Scripts of sed that take the names out of `tacho THINGS list --json`: the only ones six spaces deep. Texts of JSON
 * escape the quote and the backslash; names hold no control characters.
 */
const NAMES_OF_LIST = [String.raw`s/^      "name": "\(.*\)",$/\1/p`, String.raw`s/\\\(["\]\)/\1/g`] as const;

/** The pipe that turns the list into names, a line each, with the shell's own way to quote. */
export function namesOfList(quote: (text: string) => string): string {
  return `sed -n ${quote(NAMES_OF_LIST[0])} | sed ${quote(NAMES_OF_LIST[1])}`;
}

/** A text as one word of bash or zsh, whatever it holds. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** The branches of a `case`: patterns that are exact texts, and what to do. */
export function caseOf(branches: readonly (readonly [texts: readonly string[], body: string])[]): string {
  return branches.map(([texts, body]) => `    ${texts.map(quoted).join(' | ')}) ${body} ;;`).join('\n');
}
