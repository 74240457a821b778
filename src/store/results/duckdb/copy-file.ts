import { constants } from 'node:fs';
import { copyFile, open } from 'node:fs/promises';
import { TachoError } from '../../../model/errors.ts';

/**
 * Copies a file, sharing its blocks where the file system can, and syncs the copy.
 * @throws {TachoError} conflict, when the target exists; unavailable, when it cannot be written
 */
export async function copyDurably(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    const file = await open(to, 'r+');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw new TachoError('conflict', `cannot copy to ${to}: it exists already`, { cause: error });
    throw new TachoError('unavailable', `cannot copy to ${to}: ${message}`, { cause: error });
  }
}
