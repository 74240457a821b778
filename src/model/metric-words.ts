import * as z from 'zod';
import { isKind, kindNames } from './kinds/index.ts';

/** Other words for kinds, as `metrics` of a job may say them. Several words of one kind are one run. */
const WORDS: Readonly<Record<string, string>> = { bandwidth: 'throughput', jitter: 'ping', packet_loss: 'ping' };

const known = [...kindNames, ...Object.keys(WORDS)];

export const metricWord = z.enum(known as [string, ...string[]], {
  error: ({ input }) => `invalid metric: expected one of ${known.join(', ')}, got ${JSON.stringify(input)}`,
});

/** The kinds that measure these, each once. */
export function kindsOfMetrics(words: readonly string[]): string[] {
  return [...new Set(words.map((word) => (isKind(word) ? word : (WORDS[word] ?? word))))];
}

/** The word for a kind: its own name, unless there is exactly one other word for it. Several other words name only parts of what it measures. */
export function wordOfKind(kind: string): string {
  const [word = kind, ...more] = Object.keys(WORDS).filter((one) => WORDS[one] === kind);
  return more.length === 0 ? word : kind;
}
