import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { TachoError } from '../../model/errors.ts';
import { targetName, type AgentManifest } from '../../protocol/agent-install.ts';
import { installScript } from './install-script.ts';
import { ownTarget, packRuntime, type PackedRuntime } from './runtime.ts';

export interface AgentDownloadOptions {
  /** The agent's bundled file; null where it has not been built. */
  readonly bundle: string | null;
  /** The Node.js to hand out. */
  readonly node: string;
  /** Where the packed runtime is kept. */
  readonly directory: string;
  readonly version: string;
}

/** What machines get that shall become agents. */
export interface AgentDownload {
  manifest(serverUrl: string): AgentManifest;
  /** The installer, with the hashes of what it will download in it. */
  script(serverUrl: string): Promise<string>;
  program(): Promise<Buffer>;
  /** @throws {TachoError} not_found, for a platform that this server does not run on */
  runtime(target: string): Promise<PackedRuntime>;
}

export function createAgentDownload({ bundle, node, directory, version }: AgentDownloadOptions): AgentDownload {
  const target = ownTarget();
  // Read once: the script's hash and the file stay the same thing, also where the file is built anew meanwhile.
  const program = once(async () => {
    if (bundle === null) throw new TachoError('unavailable', "the agent's file is not built: npm start and npm run build make it");
    const content = await readFile(bundle);
    return { content, sha256: createHash('sha256').update(content).digest('hex') };
  });
  const runtime = once(() => packRuntime(node, directory));
  return {
    manifest: (serverUrl) => ({ version, server_url: serverUrl, runtime: target }),
    script: async (serverUrl) => {
      const { sha256 } = await program();
      return installScript({ serverUrl, version, agentSha256: sha256, runtime: targetName(target), runtimeSha256: (await runtime()).sha256 });
    },
    program: async () => (await program()).content,
    runtime: async (name) => {
      if (name === targetName(target)) return runtime();
      throw new TachoError('not_found', `no runtime for ${name}: this server has one for ${targetName(target)} only`);
    },
  };
}

/** Does it when it is first asked for, and again after a failure. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = null;
      throw error;
    });
    return made;
  };
}
