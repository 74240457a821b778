import { readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { rolldown } from 'rolldown';

const root = join(import.meta.dirname, '..');

/** Modules that ws would use if they were there; the agent's few small messages do without. */
const ABSENT = new Set(['bufferutil', 'utf-8-validate']);
const NOTHING = '\0nothing';

/**
 * An import statement of node:http evaluates every export of it, and with them Node's whole fetch: 5 MB of memory
 * that nothing here uses. Asked for as a builtin it does not.
 */
const LIGHT_HTTP = '\0light-http';
const LIGHT_HTTP_SOURCE = `export const { Agent, request } = process.getBuiltinModule('node:http');`;

/** Bundles the agent, with everything it needs but Node itself, into one JavaScript file. */
export async function bundleAgent(outFile: string): Promise<void> {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const bundle = await rolldown({
    input: join(root, 'src/agent/main.ts'),
    platform: 'node',
    cwd: root,
    logLevel: 'warn',
    transform: { target: 'node24', define: { TACHO_BUNDLED_VERSION: JSON.stringify(version) } },
    plugins: [
      {
        name: 'light-agent',
        resolveId: (id, _importer, { kind }) => {
          if (ABSENT.has(id)) return NOTHING;
          return id === 'node:http' && kind !== 'require-call' ? LIGHT_HTTP : null;
        },
        load: (id) => {
          if (id === NOTHING) return 'throw new Error("not installed")';
          return id === LIGHT_HTTP ? LIGHT_HTTP_SOURCE : null;
        },
      },
    ],
  });
  try {
    const { output } = await bundle.write({
      dir: dirname(resolve(outFile)),
      entryFileNames: basename(outFile),
      format: 'esm',
      // Lazily loaded parts stay lazy inside the one file.
      codeSplitting: false,
      minify: true,
      sourcemap: false,
    });
    const [main, ...others] = output;
    if (others.length > 0) throw new Error(`the agent's bundle is not one file: it also has ${others.map(({ fileName }) => fileName).join(', ')}`);
    // What was loaded lazily is counted as an import of the file itself.
    const foreign = [...main.imports, ...main.dynamicImports].filter((id) => !id.startsWith('node:') && id !== main.fileName);
    if (foreign.length > 0) throw new Error(`the agent's bundle imports what is not in it: ${foreign.join(', ')}`);
  } finally {
    await bundle.close();
  }
}

if (import.meta.main) {
  const [outFile = 'dist/agent.js'] = process.argv.slice(2);
  await bundleAgent(outFile);
}
