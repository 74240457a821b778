import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { referencePages } from '../../scripts/reference-pages.ts';
import { errorCatalogue, refusalCatalogue } from '../../src/model/errors.ts';
import { kinds } from '../../src/model/kinds/index.ts';
import { settings } from '../../src/server/settings.ts';
import { createProgram } from '../../src/cli/program.ts';
import type { Command } from 'commander';
import { root } from './tracked-files.ts';

const pages = await referencePages();

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

  test('lists every setting with every variable', () => {
    for (const [key, { env }] of Object.entries(settings))
      for (const word of [key, ...env]) expect(pages['configuration.md']).toContain(`\`${word}\``);
  });

  test('lists every command with every option, and an example that begins with it', () => {
    const visit = (command: Command, path: string): void => {
      if (command.commands.length > 0) {
        for (const below of command.commands) visit(below, `${path} ${below.name()}`);
        return;
      }
      const section = pages['cli.md']?.split(/^(?=## )/m).find((text) => text.startsWith(`## ${path}\n`)) ?? '';
      expect(section, path).toMatch(new RegExp(`^${path}( |$)`, 'm'));
      expect(section.split(/^Examples?:$/m)[1] ?? '', `example of ${path}`).toContain(path);
      for (const { flags } of command.options) expect(section, path).toContain(flags);
    };
    visit(createProgram(), 'tacho');
  });

  test('links every route and every thing to its section', () => {
    const text = pages['http.md'] ?? '';
    const slug = (heading: string): string =>
      heading
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-');
    const headings = new Set([...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => slug(heading ?? '')));
    const links = [...text.matchAll(/\]\(#([^)]+)\)/g)].map(([, target]) => target ?? '');
    expect(links.length).toBeGreaterThan(30);
    expect(links.filter((target) => !headings.has(target))).toEqual([]);
  });
});
