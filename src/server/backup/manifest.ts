import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { problemsOf, TachoError } from '../../model/errors.ts';
import { instant } from '../../model/instant.ts';

/** What a backup holds, written last: a directory without it is no whole backup. */
export const MANIFEST = 'backup.json';

export const manifest = z
  .object({
    format: z.literal(1),
    version: z.string().meta({ description: 'of the program that made it' }),
    created_at: instant,
    control: z
      .enum(['sqlite', 'postgresql'])
      .meta({ description: 'where the control store is; PostgreSQL has backups of its own, and is not in this one' }),
    files: z.record(z.string().regex(/^[a-z.]+$/), z.object({ bytes: z.int().nonnegative(), sha256: z.string() })),
  })
  .meta({ id: 'Backup' });
export type Manifest = z.output<typeof manifest>;

export async function fingerprint(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return { bytes: (await stat(path)).size, sha256: hash.digest('hex') };
}

/** @throws {TachoError} not_found (no backup there), conflict (not whole, or changed since) */
export async function readBackup(directory: string): Promise<Manifest> {
  let text: string;
  try {
    text = await readFile(join(directory, MANIFEST), 'utf8');
  } catch (error) {
    throw new TachoError('not_found', `no backup in ${directory}: ${MANIFEST} is not there, so it is none or was cut short`, { cause: error });
  }
  let json: unknown = null;
  try {
    json = JSON.parse(text);
  } catch {
    // Judged below, as anything else that is no manifest.
  }
  const parsed = manifest.safeParse(json);
  if (!parsed.success) {
    const [problem] = problemsOf(parsed.error, { value: json });
    throw new TachoError('conflict', `cannot read ${join(directory, MANIFEST)}: ${problem?.path ?? ''}: ${problem?.message ?? 'not a manifest'}`);
  }
  for (const [file, expected] of Object.entries(parsed.data.files)) {
    const found = await fingerprint(join(directory, file)).catch(() => null);
    if (found?.sha256 !== expected.sha256) {
      throw new TachoError('conflict', `backup ${directory} is damaged: ${file} ${found === null ? 'is missing' : 'is not as it was written'}`);
    }
  }
  return parsed.data;
}
