import { test } from 'vitest';
import { killServerUnderIngest } from './server-kills.ts';

const KILLS = 4;

test(`a server killed ${KILLS} times at random moments holds every result it acknowledged, once`, { timeout: 120_000 }, async () => {
  await killServerUnderIngest(KILLS);
});
