import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { Writable } from 'node:stream';
import { TachoError } from '../model/errors.ts';

export interface SecretSource {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
}

/** A secret typed without being shown, twice, or the first line of what is piped in; never from an argument list. */
export async function readSecret(word: string, { input, output }: SecretSource = { input: process.stdin, output: process.stderr }): Promise<string> {
  if (!input.isTTY) {
    const [line = ''] = (await text(input)).split(/\r?\n/, 1);
    if (line === '') throw new TachoError('invalid_request', `no password: expected it on the first line of standard input`);
    return line;
  }
  const first = await ask(`${word}: `, { input, output });
  const again = await ask(`${word}, again: `, { input, output });
  if (first !== again) throw new TachoError('invalid_request', `the two differ: nothing was changed`);
  return first;
}

async function ask(question: string, { input, output }: SecretSource): Promise<string> {
  output.write(question);
  // Readline echoes what is typed to its output: to nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: nowhere, terminal: true });
  try {
    return await lines.question('');
  } finally {
    lines.close();
    output.write('\n');
  }
}
