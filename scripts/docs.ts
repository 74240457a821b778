import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { referencePages } from './reference-pages.ts';

const folder = resolve(import.meta.dirname, '../docs/reference');
mkdirSync(folder, { recursive: true });
for (const [name, text] of Object.entries(await referencePages())) {
  writeFileSync(join(folder, name), text);
  console.error(`wrote docs/reference/${name}`);
}
