import { test } from 'vitest';
import { fuzzMessages } from './hostile-messages.ts';

const RUNS = 150;

test(`${RUNS} conversations of mutated, cut, random and binary messages end with a reason, and nothing else happens`, { timeout: 120_000 }, () =>
  fuzzMessages(RUNS),
);
