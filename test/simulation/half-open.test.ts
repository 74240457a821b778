import { expect, test } from 'vitest';
import { namespacesUnavailable } from '../support/namespaces.ts';
import { cutOneWay } from './half-open.ts';

const unavailable = namespacesUnavailable();
if (unavailable !== null) console.info(`skipped: networks that are cut one way: ${unavailable}`);

test.skipIf(unavailable !== null)(
  'networks that are cut one way, in the middle of a batch and of a control message: nothing is lost or doubled, and everybody is back',
  { timeout: 150_000 },
  async () => {
    const { repeated } = await cutOneWay(10_000);
    // The system's own repetition brings what was under way, before the agent gives it up.
    expect(repeated).toBe(0);
  },
);
