import { expect, test } from 'vitest';
import { TachoError } from '../../model/errors.ts';
import { Outages } from './outages.ts';

function setUp() {
  const said: string[] = [];
  const log = {
    warn: (_facts: object, message: string) => void said.push(`warn ${message}`),
    info: (_facts: object, message: string) => void said.push(`info ${message}`),
  };
  return { said, log, outages: new Outages() };
}

const full = new TachoError('unavailable', 'cannot write', { cause: new Error('the disk is full') });

test('an outage of a route is said once, and so is its end; then the next one is said again', () => {
  const { said, log, outages } = setUp();
  for (let i = 0; i < 3; i++) outages.refused('POST /api/results', full, log);
  outages.answered('GET /api/results', 200, log);
  outages.answered('POST /api/results', 503, log);
  expect(said).toEqual(['warn cannot write']);
  for (let i = 0; i < 3; i++) outages.answered('POST /api/results', 200, log);
  outages.refused('POST /api/results', full, log);
  expect(said).toEqual(['warn cannot write', 'info works again', 'warn cannot write']);
});

test('what has no cause, or is the fault of the one who asks, is not said', () => {
  const { said, log, outages } = setUp();
  outages.refused('GET /agent.js', new TachoError('unavailable', 'not built'), log);
  outages.refused('GET /api/jobs', new TachoError('not_found', 'no such job', { cause: new Error('x') }), log);
  expect(said).toEqual([]);
});
