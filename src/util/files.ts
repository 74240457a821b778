import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * References to files, right in both forms this program runs in: the checkout, where sources are TypeScript under
 * `src/`, and the built package, where the same tree is JavaScript at the package's root.
 */
const isBuilt = !import.meta.url.endsWith('.ts');

/** This file is `src/util/files.ts` in a checkout and `util/files.js` in the built package. */
const packageRoot = new URL(isBuilt ? '../' : '../../', import.meta.url);

/** What is made before the program runs, and where each form keeps it, from the package's root. */
const artefacts = {
  /** The dashboard: a folder with index.html. */
  dashboard: { checkout: 'web/dist', built: 'web' },
  /** The agent: one JavaScript file. */
  agent: { checkout: 'dist/agent.js', built: 'agent.js' },
} as const;

export type Artefact = keyof typeof artefacts;

/** The URL of a module beside the caller's, for `new Worker(url)`: name it by its source, `./worker.ts`. */
export function siblingUrl(importMetaUrl: string, source: string): URL {
  return new URL(importMetaUrl.endsWith('.ts') ? source : source.replace(/\.ts$/, '.js'), importMetaUrl);
}

/** The path of a module beside the caller's, for child processes: name it by its source, `./main.ts`. */
export function siblingFile(importMetaUrl: string, source: string): string {
  return fileURLToPath(siblingUrl(importMetaUrl, source));
}

/** The path of a file that the package ships at the same place in both forms, such as `package.json`. */
export function packageFile(path: string): string {
  return fileURLToPath(new URL(path, packageRoot));
}

/** The path of something built beforehand, whether it is there or not. */
export function artefactPath(name: Artefact): string {
  return packageFile(artefacts[name][isBuilt ? 'built' : 'checkout']);
}

/** The path of something built beforehand, or null where it has not been built. */
export function findArtefact(name: Artefact): string | null {
  const path = artefactPath(name);
  return existsSync(path) ? path : null;
}

/** How people call this program where it is: in a checkout, npx finds it. */
export const commandName = isBuilt ? 'tacho' : 'npx tacho';

/** The version of this package. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { version: string }).version;
}
