import { test } from 'vitest';
import { killAgents } from './agent-kills.ts';

const KILLS = 9;

test(`agents and their server killed ${KILLS} times at random moments lose nothing that was measured and flushed`, { timeout: 120_000 }, async () => {
  await killAgents(KILLS);
});
