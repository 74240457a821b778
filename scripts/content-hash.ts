import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

/** What no built file depends on. */
const IGNORED = /(^|\/)(node_modules|dist)(\/|$)|\.test\.tsx?$|\.contract\.ts$/;

/** SHA-256 over the names and contents of the files under `inputs` (folders or files, from `root`). What is absent counts as empty. */
export function contentHash(root: string, inputs: readonly string[]): string {
  const hash = createHash('sha256');
  for (const input of inputs) {
    for (const file of filesUnder(root, join(root, input))) {
      hash.update(`${file}\0`);
      hash.update(
        createHash('sha256')
          .update(readFileSync(join(root, file)))
          .digest(),
      );
    }
  }
  return hash.digest('hex');
}

function filesUnder(root: string, path: string): string[] {
  const name = relative(root, path).replaceAll('\\', '/');
  if (IGNORED.test(name) || !existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [name];
  return readdirSync(path)
    .sort()
    .flatMap((entry) => filesUnder(root, join(path, entry)));
}
