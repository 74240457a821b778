import { expect, test } from 'vitest';
import { namespacesUnavailable } from '../support/namespaces.ts';
import { cutOneWay } from './half-open.ts';

const unavailable = namespacesUnavailable();
if (unavailable !== null) console.info(`skipped: networks that are cut one way for longer than an upload waits: ${unavailable}`);

test.skipIf(unavailable !== null)(
  'networks that are cut one way for longer than an upload waits: what was stored and not answered comes again, and is stored once',
  { timeout: 300_000 },
  async () => {
    const { repeated } = await cutOneWay(40_000);
    expect(repeated).toBeGreaterThan(0);
  },
);
