import type { Command } from 'commander';
import { shellWord } from '../../protocol/agent-install.ts';
import { commandName, packageVersion } from '../../util/files.ts';
import { openLog } from '../../util/log.ts';

interface Flags {
  readonly config?: string;
  readonly data?: string;
  readonly host?: string;
  readonly port?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly logLevel?: string;
  readonly logFile?: string;
  readonly debug?: boolean;
  readonly localAgent?: boolean;
}

export function registerServer(program: Command): void {
  program
    .command('server')
    .description('run the server, and this machine as its first agent')
    .option('-c, --config <FILE>', 'configuration file (YAML): settings, and destinations and jobs that it declares')
    .option('-d, --data <DIR>', 'where everything is kept (default: ~/.tachograph)')
    .option('--host <ADDRESS>', 'address to listen on (default: 127.0.0.1)')
    .option('-p, --port <PORT>', 'port to listen on; 0 picks a free one (default: 8080)')
    .option('--tls-cert <FILE>', 'certificate chain (PEM): with it and its key the server speaks TLS')
    .option('--tls-key <FILE>', "the certificate's private key (PEM)")
    .option('--no-local-agent', 'do not measure from this machine')
    .option('--log-level <LEVEL>', 'least severe log line written (default: info)')
    .option('--log-file <FILE>', 'write the log to a file')
    .option('--debug', 'same as --log-level debug')
    .addHelpText('after', '\nExample:\n  tacho server --data /var/lib/tachograph --port 8080')
    .action(async (flags: Flags) => {
      // Loaded here, so that the other commands do not pay for the stores.
      const [{ startServer }, { defaultSettings, readSettings }, { readConfigFile }] = await Promise.all([
        import('../../server/server.ts'),
        import('../../server/settings.ts'),
        import('../../server/declared/read-config.ts'),
      ]);
      const config = flags.config === undefined ? undefined : readConfigFile(flags.config);
      const settings = readSettings({
        file: flags.config,
        env: process.env,
        flags: {
          data: flags.data,
          host: flags.host,
          port: flags.port,
          tls_cert: flags.tlsCert,
          tls_key: flags.tlsKey,
          log_level: flags.debug === true ? 'debug' : flags.logLevel,
          log_file: flags.logFile,
          local_agent: flags.localAgent === false ? false : undefined,
        },
      });
      const stopping = new Promise<void>((resolve) => {
        process.once('SIGTERM', resolve);
        process.once('SIGINT', resolve);
      });
      const logger = openLog({ level: settings.log_level, file: settings.log_file });
      // After the log was opened, which others may read: everything the engines make is the owner's alone.
      process.umask(0o077);
      const server = await startServer(settings, { logger, version: packageVersion(), config });
      const say = (line: string): void => void process.stdout.write(`${line}\n`);
      say(`Tachograph is ready at ${server.url}`);
      if (server.loginUrl !== null) say(`Sign in once, within 15 minutes: ${server.loginUrl}`);
      else
        say(
          `To sign in a browser: ${commandName} login-link${settings.data === defaultSettings().data ? '' : ` --data ${shellWord(settings.data)}`}`,
        );
      await stopping;
      await server.close();
      // Whatever still holds the event loop open has nothing left to do.
      process.exit(0);
    });
}
