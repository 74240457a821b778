/** A word that leads somewhere: to an agent's, a destination's or a job's page. */
export interface LinkedWord {
  readonly to: 'agent' | 'destination' | 'job';
  readonly name: string;
}

/** A sentence whose names lead to what they name. */
export type Sentence = readonly (string | LinkedWord)[];

export function sentenceText(sentence: Sentence): string {
  return sentence.map((part) => (typeof part === 'string' ? part : part.name)).join('');
}

/** More names than these are counted, not named. */
const MOST_NAMED = 2;

/** `berlin and paris`, or `berlin, paris and 3 more`. */
export function namesOf(to: LinkedWord['to'], names: readonly string[]): Sentence {
  const named = names.slice(0, MOST_NAMED).map((name) => ({ to, name }));
  const more = names.length - named.length;
  const between = more > 0 ? ', ' : ' and ';
  return [...named.flatMap((word, i) => (i === 0 ? [word] : [between, word])), ...(more > 0 ? [` and ${more} more`] : [])];
}
