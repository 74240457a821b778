import { test } from 'vitest';
import { fuzzMessages } from './hostile-messages.ts';

const RUNS = 20_000;

test(`${RUNS} conversations of mutated, cut, random and binary messages end with a reason, and nothing else happens`, { timeout: 3_600_000 }, () =>
  fuzzMessages(RUNS),
);
