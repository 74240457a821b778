import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { complaint, type AskedAnswer } from './leaks.ts';

const secret = `tacho_t_${'B'.repeat(43)}`;
const inside = { data: '/srv/tacho-data', secrets: new Set([secret]), passwords: ['a password of ours'] };
const refused = (message: string, overrides: Partial<AskedAnswer> = {}): string | null =>
  complaint(
    {
      method: 'GET',
      documentPath: '/api/jobs/x',
      status: 404,
      contentType: 'application/json',
      text: JSON.stringify({ error: { code: 'not_found', message } }),
      handsOutSecrets: false,
      ...overrides,
    },
    inside,
  );

describe('an answer of the API', () => {
  test('is none to complain of where it says what it should', () => {
    expect(refused('no job is called "select"')).toBeNull();
    expect(refused('', { method: 'HEAD', text: '' })).toBeNull();
  });

  test.each([
    ['the data directory', 'cannot open /srv/tacho-data/control.sqlite', /tells "\/srv/],
    ['a line of a stack', 'boom\n    at handler (app.js:1:2)', /stack/],
    ['a place in a source', 'boom in routes.ts:42', /place in a source/],
    ['a package', 'boom in node_modules/fastify', /package/],
    ['SQL', 'near "x": select id from jobs where name = ?', /SQL/],
    ['the database', 'UNIQUE constraint failed: jobs.name', /database/],
    ['the language', "Cannot read properties of undefined (reading 'id')", /language/],
    ['a secret', `token ${secret}`, /tells a secret/],
    ['the hash of a secret', `token ${createHash('sha256').update(secret).digest('hex')}`, /hash of a secret/],
    ['a password', 'wrong: "a password of ours"', /a password of ours/],
  ])('may not tell of %s', (_what, message, expected) => {
    expect(refused(message)).toMatch(expected);
  });

  test.each([
    ['a fault of the server', { status: 500 }, /answered 500/],
    ['no reason to refuse', { status: 503 }, /answered 503/],
    ['a status that is not its code’s', { status: 400 }, /code not_found/],
    ['another form of error', { text: '{"statusCode":404,"message":"a"}' }, /against the document|another form/],
    ['no JSON', { documentPath: '/nowhere', contentType: 'text/html', text: '<h1>404</h1>' }, /as text\/html/],
    ['a status that the document does not name', { status: 418 }, /does not name/],
    ['a body to HEAD', { method: 'HEAD' }, /HEAD with a body/],
  ])('may not be %s', (_what, overrides, expected) => {
    expect(refused('no job', overrides)).toMatch(expected);
  });
});
