import { expect, test } from 'vitest';
import { linkIn } from './one-time-link.ts';

test.each([
  ['#tacho_l_abcDEF123-_', 'tacho_l_abcDEF123-_'],
  ['tacho_l_abcDEF123', 'tacho_l_abcDEF123'],
  [' http://127.0.0.1:8080/login#tacho_l_abcDEF123\n', 'tacho_l_abcDEF123'],
])('the secret in %j is %j', (text, secret) => {
  expect(linkIn(text)).toBe(secret);
});

test.each(['', '#', '#content', 'tacho_t_abcDEF123', '#tacho_l_', 'xtacho_l_abcDEF123'])('there is no secret in %j', (text) => {
  expect(linkIn(text)).toBeNull();
});
