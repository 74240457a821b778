import type { Command } from 'commander';
import * as z from 'zod';
import { wire } from '../answers.ts';
import { addApiCommand } from '../api-command.ts';
import type { Io } from '../io.ts';

const answer = z.object({ link: z.string(), expires_at: z.string() });

export function registerLoginLink(program: Command, io: Io): void {
  addApiCommand(program, io, {
    name: 'login-link',
    description: 'make a one-time link that signs in a browser',
    examples: ['login-link'],
    run: async (api) => {
      const server = await api.serverUrl();
      const { link, expires_at } = wire(answer, await api.request('POST', '/api/login-links'));
      const url = `${server}/login#${link}`;
      return { json: { url, expires_at }, text: () => `${url}\n` };
    },
  });
}
