import type { Command, Option } from 'commander';
import { agentFlags } from '../../src/agent/settings.ts';
import { defaultSettings, settings, type SettingKey } from '../../src/server/settings.ts';
import { homedir } from 'node:os';
import { code, GENERATED, page, table } from './markdown.ts';

interface Shown {
  readonly env: readonly string[];
  readonly yaml?: readonly string[];
  readonly expected: string;
  readonly description: string;
}

export function configurationPage(program: Command): string {
  const server = program.commands.find((command) => command.name() === 'server');
  const defaults = defaultSettings();
  const rows = (Object.keys(settings) as SettingKey[]).map((key) => {
    const { env, yaml = [], expected, description }: Shown = settings[key];
    return [
      [key, ...yaml].map(code).join('<br>'),
      env.map(code).join('<br>'),
      flagOf(key, server?.options ?? []),
      defaultText(defaults[key]),
      `${description}; expected: ${expected}`,
    ];
  });
  return page([
    '# Configuration',
    GENERATED,
    'A setting of the server is said by a flag of `tacho server`, by a variable of its environment, or by a key of the YAML file that `--config FILE` names. A flag is stronger than a variable, a variable stronger than the file, the file stronger than the default. Where several variables or keys are given, the first is the strongest. What is wrong is said all at once, and the server does not start.',
    table(['key', 'variable', 'flag', 'default', 'meaning'], rows),
    '## Example',
    '```yaml\nhost: 127.0.0.1\nport: 8080\nlog_level: info\nlog_file: /var/log/tachograph/server.log\ndefault_destinations: loopback\nallowed_origins:\n  - https://tacho.example.org\n```',
    '## The agent',
    'An agent has no configuration file. Secrets are never among its options.',
    table(
      ['flag', 'variable', 'meaning'],
      agentFlags.map(({ flag, value, env, description }) => [
        code(value === undefined ? `--${flag}` : `--${flag} <${value}>`),
        env === undefined ? '' : code(env),
        description,
      ]),
    ),
    '## The command line',
    'Commands that ask the API find it by these.',
    table(
      ['flag', 'variable', 'meaning'],
      [
        [
          code('--data'),
          code('TACHO_DATA'),
          'data directory; `~/.tachograph` where it is not given. Its running server is asked, or, where none runs, the data is opened',
        ],
        [code('--url'), code('TACHO_URL'), 'URL of a server elsewhere, instead of a data directory here'],
        [
          `${code('--token-file')}<br>${code('--token')}`,
          code('TACHO_TOKEN'),
          'API token; where none is given, the one of the data directory, for its own server only',
        ],
        [code('--allow-plain-http'), code('TACHO_ALLOW_PLAIN_HTTP'), 'permit http to another machine'],
        ['', code('NO_COLOR'), 'no colours on a terminal'],
      ],
    ),
  ]);
}

function flagOf(key: SettingKey, options: readonly Option[]): string {
  const long = `--${key.replaceAll('_', '-')}`;
  const option = options.find((known) => known.long === long || known.long === `--no-${long.slice(2)}`);
  return option === undefined ? '' : code(option.flags);
}

function defaultText(value: unknown): string {
  if (value === null || (Array.isArray(value) && value.length === 0)) return 'none';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return code(text.replace(homedir(), '~'));
}
