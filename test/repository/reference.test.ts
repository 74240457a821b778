import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { referencePages } from '../../scripts/reference-pages.ts';
import { errorCatalogue, refusalCatalogue } from '../../src/model/errors.ts';
import { kinds } from '../../src/model/kinds/index.ts';
import { root } from './tracked-files.ts';

const pages = referencePages();

describe('docs/reference', () => {
  test.each(Object.keys(pages))('%s is what the code says today (npm run docs writes it)', (name) => {
    expect(readFileSync(join(root, 'docs/reference', name), 'utf8')).toBe(pages[name]);
  });

  test('explains every error and every refusal with its meaning', () => {
    for (const [code, { status, meaning }] of Object.entries(errorCatalogue)) {
      expect(pages['errors.md']).toContain(`| \`${code}\` | ${String(status)} | ${meaning} |`);
    }
    for (const [code, meaning] of Object.entries(refusalCatalogue)) expect(pages['errors.md']).toContain(`| \`${code}\` | ${meaning} |`);
  });

  test('lists every kind with every metric and option', () => {
    for (const { kind, metrics, spec } of Object.values(kinds)) {
      expect(pages['kinds.md']).toContain(`(\`${kind}\`)`);
      for (const name of [...Object.keys(metrics), ...Object.keys(spec.shape)]) expect(pages['kinds.md']).toContain(`| \`${name}\` |`);
    }
  });
});
