import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

/** What scripts/bundle-agent.ts offers. */
interface Bundler {
  bundleAgent(outFile: string): Promise<unknown>;
}

const outFile = process.argv[2];
if (outFile === undefined) throw new Error('usage: bundle-one.ts OUTFILE');
const bundler = (await import(pathToFileURL(join(import.meta.dirname, 'bundle-agent.ts')).href)) as Bundler;
await bundler.bundleAgent(outFile);
