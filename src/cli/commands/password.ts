import type { Command } from 'commander';
import { addApiCommand } from '../api-command.ts';
import type { Io } from '../io.ts';
import { readSecret } from '../read-secret.ts';

interface Flags {
  readonly remove?: boolean;
  readonly signOut?: boolean;
}

/** Adds `tacho password`: how people sign in beside links, and out. */
export function registerPassword(program: Command, io: Io): void {
  addApiCommand<Flags>(program, io, {
    name: 'password',
    description: 'set the password that signs in a browser; it is asked for, or read from standard input, and ends every session',
    examples: ['password', 'password --remove', 'password --sign-out'],
    options: (command) => {
      command.option('--remove', 'take the password away: only links sign in');
      command.option('--sign-out', 'leave the password as it is, and end every session and unused link');
    },
    run: async (api, _args, { remove, signOut }) => {
      if (signOut === true) {
        await api.request('DELETE', '/api/sessions');
        return { json: { signed_out: true }, text: () => 'Signed out everywhere.\n' };
      }
      if (remove === true) {
        await api.request('DELETE', '/api/password');
        return { json: { password: false }, text: () => 'The password is gone, and every session has ended; tacho login-link signs in.\n' };
      }
      await api.request('PUT', '/api/password', { password: await readSecret('New password') });
      return { json: { password: true }, text: () => 'The password is set. Every session and every unused login link has ended.\n' };
    },
  });
}
