import type { Command } from 'commander';
import * as z from 'zod';
import { connect } from '../connection.ts';

const answer = z.object({ link: z.string(), expires_at: z.string() });

export function registerLoginLink(program: Command): void {
  program
    .command('login-link')
    .description('make a one-time link that signs in a browser')
    .option('-d, --data <DIR>', 'data directory of the server (default: ~/.tachograph)')
    .option('--url <URL>', 'the server, where it is another machine')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  tacho login-link')
    .action(async (flags: { data?: string; url?: string; json?: boolean }) => {
      const connection = connect(flags, process.env);
      const { link, expires_at } = answer.parse(await connection.request('POST', '/api/login-links'));
      const url = `${connection.url.replace(/\/$/, '')}/login#${link}`;
      process.stdout.write(flags.json === true ? `${JSON.stringify({ url, expires_at })}\n` : `${url}\n`);
    });
}
