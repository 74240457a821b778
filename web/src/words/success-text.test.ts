import { expect, test } from 'vitest';
import { successText } from './success-text.ts';

test('only what is whole is shown as whole', () => {
  expect([null, 0, 0.01, 50, 99.99, 100].map(successText)).toEqual(['–', '0\u00a0%', '0.1\u00a0%', '50.0\u00a0%', '99.9\u00a0%', '100\u00a0%']);
});
