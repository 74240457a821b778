import { TachoError } from '../../model/errors.ts';

/** What a file declares is changed there and nowhere else. @throws {TachoError} conflict, naming the file */
export function refuseDeclared<T extends { readonly name: string; readonly declared_by: string | null }>(thing: 'destination' | 'job', object: T): T {
  const { name, declared_by: file } = object;
  if (file === null) return object;
  throw new TachoError('conflict', `${thing} ${JSON.stringify(name)} is declared by ${file}: change it there and apply the file again`, {
    details: { declared_by: file },
  });
}
