import { readFileSync } from 'node:fs';
import { packageFile } from '../util/files.ts';

/** Put in by the bundler, because the bundle is one file without its package. */
declare const TACHO_BUNDLED_VERSION: string | undefined;

export function agentVersion(): string {
  if (typeof TACHO_BUNDLED_VERSION === 'string') return TACHO_BUNDLED_VERSION;
  return (JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { version: string }).version;
}
