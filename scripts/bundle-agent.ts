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

/**
 * The oldest Node that can read the bundle whole, and so can get to say that it is too old. The syntax of what is
 * newer is written in older words; at this age nothing that costs memory is.
 */
const READABLE_BY = 'node16.11';

/** Where the bundle's modules take themselves to be: a script has no import.meta, and one file has no files beside it. */
const NO_PACKAGE = 'file:///bundled-agent/agent.js';

/** Bundles the agent, with everything it needs but Node itself, into one JavaScript file. */
export async function bundleAgent(outFile: string): Promise<void> {
  const { version, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string; engines: { node: string } };
  const bundle = await rolldown({
    input: join(root, 'src/agent/main.ts'),
    platform: 'node',
    cwd: root,
    logLevel: 'warn',
    transform: { target: READABLE_BY, define: { TACHO_BUNDLED_VERSION: JSON.stringify(version), 'import.meta.url': JSON.stringify(NO_PACKAGE) } },
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
      format: 'cjs',
      postBanner: firstWords(engines.node),
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

/**
 * Runs before all else, in words that every Node knows. An import statement would be resolved before it, and an older
 * Node has no node:sqlite, so the bundle has none: it asks for builtins one by one, which works alike where the file
 * is taken for a module and where it is taken for a script.
 */
function firstWords(requirement: string): string {
  const major = /^>=(\d+)$/.exec(requirement)?.[1];
  if (major === undefined) throw new Error(`engines.node of package.json: expected such as >=24, got ${requirement}`);
  return `if (!(parseInt(process.versions.node, 10) >= ${major})) {
  process.stderr.write('tacho agent: expected Node.js ${major} or newer, got ' + process.version + '\\n');
  process.exit(2);
}
var require = process.getBuiltinModule;`;
}

if (import.meta.main) {
  const [outFile = 'dist/agent.js'] = process.argv.slice(2);
  await bundleAgent(outFile);
}
