import { homedir, release } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { listening, type Listening } from '../model/agent.ts';
import { problemsOf, TachoError } from '../model/errors.ts';
import { hostOf } from '../probes/target.ts';
import { logLevels, type LogLevel } from '../util/log.ts';
import { labels as labelsSchema, type Labels } from '../model/labels.ts';
import { name as nameSchema } from '../model/name.ts';

/** One option of the agent: its flag, the variable that stands for it, and what it means. */
export interface AgentFlag {
  readonly flag: string;
  /** What its value is called; absent where it is a switch. */
  readonly value?: string;
  readonly repeatable?: true;
  /** Absent where a variable would be of no use: for what is done once. */
  readonly env?: string;
  readonly description: string;
}

/** Every option, once: for the agent's own program and for the command line. Secrets are never among them. */
export const agentFlags: readonly AgentFlag[] = [
  { flag: 'server', value: 'URL', env: 'TACHO_SERVER', description: 'the server; needed for the first start only' },
  {
    flag: 'token-file',
    value: 'FILE',
    env: 'TACHO_TOKEN_FILE',
    description: 'file with an enrolment token, - for standard input; for the first start only',
  },
  { flag: 'name', value: 'NAME', env: 'TACHO_NAME', description: "the agent's name; this host's where it is not given" },
  {
    flag: 'label',
    value: 'KEY=VALUE',
    repeatable: true,
    env: 'TACHO_LABELS',
    description: 'a label, such as site=hq; may be given again (in the variable: with commas)',
  },
  {
    flag: 'dir',
    value: 'DIR',
    env: 'TACHO_AGENT_DIR',
    description: 'where identity, schedule and spool are kept; ~/.tachograph/agent where it is not given',
  },
  {
    flag: 'advertise',
    value: 'HOST',
    env: 'TACHO_ADVERTISE',
    description: 'host or address under which other agents reach this one; where it is not given, the address the server sees',
  },
  {
    flag: 'listen-ports',
    value: 'FROM-TO',
    env: 'TACHO_LISTEN_PORTS',
    description: 'ports on which it may be the other end of a test of another agent, such as 5201-5210; none where it is not given',
  },
  {
    flag: 'policy',
    value: 'FILE',
    env: 'TACHO_POLICY',
    description: 'what this machine lets the server ask of it; policy.yaml or policy.json of the directory where it is not given',
  },
  { flag: 'allow-plain-http', env: 'TACHO_ALLOW_PLAIN_HTTP', description: 'permit http to another machine: the credential travels in the clear' },
  { flag: 'log-level', value: 'LEVEL', env: 'TACHO_LOG_LEVEL', description: `${logLevels.join(', ')}; info where it is not given` },
];

/** What a flag means, with the variable that stands for it. */
export function describeFlag({ description, env }: AgentFlag): string {
  return env === undefined ? description : `${description} [${env}]`;
}

export type FlagValues = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

export interface AgentSettings {
  readonly server: string | null;
  /** - is standard input. */
  readonly tokenFile: string | null;
  readonly name: string | null;
  readonly labels: Labels;
  readonly dir: string;
  /** null: policy.yaml or policy.json of the directory, where there is one. */
  readonly policy: string | null;
  readonly allowPlainHttp: boolean;
  readonly advertise: string | null;
  readonly listenPorts: Listening | null;
  readonly logLevel: LogLevel;
}

/** Settings from flags, else from the environment, else the defaults; checked, with errors that name the option. */
export function agentSettings(values: FlagValues, env: Readonly<Record<string, string | undefined>>): AgentSettings {
  const textOf = (flag: string): string | null => {
    const given = values[flag] ?? variable(flag, env);
    return typeof given === 'string' && given !== '' ? given : null;
  };
  const given = values['label'];
  const labelTexts = Array.isArray(given) && given.length > 0 ? (given as readonly string[]) : (variable('label', env)?.split(',') ?? []);
  const level = textOf('log-level') ?? 'info';
  return {
    server: textOf('server'),
    tokenFile: textOf('token-file'),
    name: checked('name', nameSchema.nullable(), textOf('name')),
    labels: checked('label', labelsSchema, parseLabels(labelTexts)),
    dir: textOf('dir') ?? join(env['TACHO_DATA'] ?? join(homedir(), '.tachograph'), 'agent'),
    policy: textOf('policy'),
    allowPlainHttp: values['allow-plain-http'] === true || isOn(variable('allow-plain-http', env)),
    advertise: checked('advertise', advertise.nullable(), textOf('advertise')),
    listenPorts: portRange(textOf('listen-ports')),
    logLevel: checked('log-level', z.enum(logLevels), level),
  };
}

const advertise = z
  .string()
  .max(253)
  .refine((text) => hostOf(text) !== null, 'expected a host name or an address');

function portRange(text: string | null): Listening | null {
  if (text === null) return null;
  const found = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (found === null)
    throw new TachoError('invalid_request', `invalid --listen-ports: expected FROM-TO, such as 5201-5210, got ${JSON.stringify(text)}`);
  return checked('listen-ports', listening, { port_from: Number(found[1]), port_to: Number(found[2] ?? found[1]) });
}

function variable(flag: string, env: Readonly<Record<string, string | undefined>>): string | undefined {
  const name = agentFlags.find((known) => known.flag === flag)?.env;
  return name === undefined ? undefined : env[name];
}

function parseLabels(texts: readonly string[]): Record<string, string> {
  const pairs = texts
    .filter((text) => text.trim() !== '')
    .map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new TachoError('invalid_request', `invalid --label: expected KEY=VALUE, got ${text}`);
      return [text.slice(0, at).trim(), text.slice(at + 1).trim()] as const;
    });
  return Object.fromEntries(pairs);
}

function isOn(text: string | undefined): boolean {
  return ['1', 'true', 'yes', 'on'].includes(text?.toLowerCase() ?? '');
}

function checked<T>(flag: string, schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [problem] = problemsOf(parsed.error, { value });
  throw new TachoError('invalid_request', `invalid --${flag}: ${problem?.message ?? 'does not fit'}`);
}

/** What an agent says it runs on. */
export function platformText(): string {
  return `${process.platform} ${process.arch} ${release()}`.slice(0, 128);
}
