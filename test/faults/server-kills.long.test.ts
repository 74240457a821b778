import { test } from 'vitest';
import { killServerUnderIngest } from './server-kills.ts';

const KILLS = 50;

test(`a server killed ${KILLS} times at random moments holds every result it acknowledged, once`, { timeout: 900_000 }, async () => {
  await killServerUnderIngest(KILLS);
});
