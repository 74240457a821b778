import { Option, type Command } from 'commander';
import * as z from 'zod';
import { TachoError } from '../../model/errors.ts';
import { parseInstant } from '../../model/instant.ts';
import { AGENT_MANIFEST_PATH, agentManifest, installLine } from '../../protocol/agent-install.ts';
import { wholeList, wire } from '../answers.ts';
import { addApiCommand, collect, type Answer } from '../api-command.ts';
import type { Connection } from '../connection.ts';
import { parseDuration } from '../duration.ts';
import { instantText, listing, words, type Column } from '../format/listing.ts';
import type { Colour } from '../format/style.ts';
import { printable } from '../format/text.ts';
import type { Io } from '../io.ts';

const at = z.string().nullable();
const common = { id: z.int(), name: z.string(), created_at: z.string(), expires_at: at, revoked_at: at };
const apiToken = z.object({ ...common, scopes: z.array(z.string()), agent_id: z.int().nullable(), last_used_at: at });
const enrolmentToken = z.object({ ...common, max_uses: z.int().nullable(), uses: z.int() });

/** Both sorts of token in one list: what a token has not is null. */
interface Token {
  readonly type: 'api' | 'agent' | 'enrolment';
  readonly id: number;
  readonly name: string;
  readonly state: 'valid' | 'expired' | 'revoked' | 'used up';
  readonly scopes: readonly string[] | null;
  readonly uses: number | null;
  readonly max_uses: number | null;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
  readonly revoked_at: string | null;
}

const colours: Readonly<Record<Token['state'], Colour>> = { valid: 'green', expired: 'dim', revoked: 'dim', 'used up': 'dim' };

const columns: readonly Column<Token>[] = [
  { title: 'TYPE', cell: ({ type }) => type },
  { title: 'ID', right: true, cell: ({ id }) => String(id) },
  { title: 'NAME', cell: ({ name }) => name },
  {
    title: 'STATE',
    cell: ({ state, revoked_at }) => (state === 'revoked' ? `revoked ${instantText(revoked_at)}` : state),
    colour: ({ state }) => colours[state],
  },
  { title: 'MAY', cell: (token) => (token.scopes === null ? `enrol agents: ${usesText(token)}` : words(token.scopes)) },
  { title: 'EXPIRES (UTC)', cell: ({ expires_at }) => instantText(expires_at) },
  { title: 'LAST USED (UTC)', cell: ({ last_used_at }) => instantText(last_used_at) },
];

function usesText({ uses, max_uses }: Token): string {
  return max_uses === null ? `${uses ?? 0} did, no limit` : `${uses ?? 0} of ${max_uses} did`;
}

/** What the list leaves out, by why: `2 revoked, 1 used up`. */
function hiddenText(hidden: readonly Token[]): string {
  const counts = Object.keys(colours).map((state) => [hidden.filter((token) => token.state === state).length, state] as const);
  const parts = counts.filter(([count]) => count > 0).map(([count, state]) => `${count} ${state}`);
  return `not shown: ${parts.join(', ')}; --all shows ${hidden.length === 1 ? 'it' : 'them'}`;
}

interface AddFlags {
  readonly scope?: readonly string[];
  readonly enrolment?: boolean;
  readonly uses?: string;
  readonly expires?: string;
  readonly installLine?: boolean;
}

/** Adds `tacho tokens`: what opens the API, and what lets agents enrol. */
export function registerTokens(program: Command, io: Io): void {
  const group = program.command('tokens').description('list, add and revoke API tokens and enrolment tokens');

  addApiCommand<{ all?: boolean }>(group, io, {
    name: 'list',
    description: "list API tokens, agents' credentials and enrolment tokens, without their secrets",
    examples: ['tokens list', 'tokens list --all'],
    options: (command) => command.option('--all', 'also those that are revoked, expired or used up'),
    run: async (api, _, { all = false }) => {
      const tokens = await listTokens(api);
      const shown = tokens.filter(({ state }) => all || state === 'valid');
      const hidden = tokens.filter((token) => !shown.includes(token));
      return {
        json: { items: shown, next: null },
        text: (style) => (shown.length === 0 ? '' : listing(columns, shown, style)),
        ...(hidden.length > 0 && { note: hiddenText(hidden) }),
      };
    },
  });

  addApiCommand<AddFlags>(group, io, {
    name: 'add',
    description: 'make a token; its secret is printed once, alone, on standard output',
    examples: [
      'tokens add grafana --scope read --expires 365d',
      'tokens add berlin --enrolment > enrolment-token',
      'tokens add fleet --enrolment --uses 20 --expires 1h',
      'tokens add berlin --install-line',
    ],
    takes: [['<name>', 'what it is for']],
    options: (command) => {
      command
        .addOption(new Option('--scope <SCOPE>', 'what it may do: read, write or admin; may be given again (default: read)').argParser(collect))
        .option('--enrolment', 'a token with which agents enrol, instead of one for the API')
        .option('--uses <N>', "how many agents may enrol with it, or 'any' (default: 1)")
        .option('--expires <TIME>', 'when it ends: a time from now such as 1h or 30d, or an instant (default: never; of an install line: 1h)')
        .option('--install-line', 'a single-use enrolment token, as the line to paste on the machine that becomes an agent of this name');
    },
    run: async (api, [name = ''], flags) => {
      if (flags.installLine === true) return lineFor(api, name, flags);
      const secret = z.object({ token: z.string() });
      const expires_at = flags.expires === undefined ? null : expiryOf(flags.expires, Date.now());
      const [path, body] = flags.enrolment === true ? enrolmentRequest(flags) : apiRequest(flags);
      const answer = await api.request('POST', path, { name, expires_at, ...body });
      const { token } = wire(secret, answer);
      return { json: answer, text: () => `${token}\n`, note: `this is the only time that the token ${printable(JSON.stringify(name))} is shown` };
    },
  });

  addApiCommand<{ enrolment?: boolean }>(group, io, {
    name: 'rm',
    description: 'revoke a token at once; agents that enrolled with one stay',
    examples: ['tokens rm grafana', 'tokens rm 3 --enrolment'],
    takes: [['<token>', 'its name or id']],
    options: (command) => command.option('--enrolment', 'an enrolment token'),
    run: async (api, [reference = ''], { enrolment = false }) => {
      const found = pick(await listTokens(api), reference, enrolment);
      await api.request('DELETE', `${enrolment ? '/api/enrollment-tokens' : '/api/tokens'}/${found.id}`);
      return { json: { ...found, state: 'revoked' }, text: () => `revoked ${found.type} token ${printable(found.name)} (id ${found.id})\n` };
    },
  });
}

async function listTokens(api: Connection): Promise<Token[]> {
  const tokens = (await wholeList(apiToken, '/api/tokens', api)).items;
  const enrolments = (await wholeList(enrolmentToken, '/api/enrollment-tokens', api)).items;
  const now = Date.now();
  return [
    ...tokens.map(({ id, name, scopes, agent_id, created_at, expires_at, last_used_at, revoked_at }): Token => {
      const type = agent_id === null ? 'api' : 'agent';
      return {
        type,
        id,
        name,
        state: stateOf({ expires_at, revoked_at }, now),
        scopes,
        uses: null,
        max_uses: null,
        created_at,
        expires_at,
        last_used_at,
        revoked_at,
      };
    }),
    ...enrolments.map(({ id, name, uses, max_uses, created_at, expires_at, revoked_at }): Token => {
      const spent = max_uses !== null && uses >= max_uses;
      const state = stateOf({ expires_at, revoked_at }, now);
      return {
        type: 'enrolment',
        id,
        name,
        state: spent && state === 'valid' ? 'used up' : state,
        scopes: null,
        uses,
        max_uses,
        created_at,
        expires_at,
        last_used_at: null,
        revoked_at,
      };
    }),
  ];
}

function stateOf({ expires_at, revoked_at }: { expires_at: string | null; revoked_at: string | null }, now: number): 'valid' | 'expired' | 'revoked' {
  if (revoked_at !== null) return 'revoked';
  return expires_at !== null && Date.parse(expires_at) <= now ? 'expired' : 'valid';
}

/** Names of tokens are not unique: among several only an id decides. */
function pick(tokens: readonly Token[], reference: string, enrolment: boolean): Token {
  const matches = (token: Token): boolean => String(token.id) === reference || token.name === reference;
  const ofType = tokens.filter((token) => (token.type === 'enrolment') === enrolment);
  const [exact] = ofType.filter(({ id }) => String(id) === reference);
  if (exact !== undefined) return exact;
  const found = ofType.filter((token) => matches(token) && token.state !== 'revoked');
  const [first, second] = found;
  if (first !== undefined && second === undefined) return first;
  const what = enrolment ? 'enrolment token' : 'token';
  if (first !== undefined) {
    throw new TachoError(
      'conflict',
      `several ${what}s are called ${JSON.stringify(reference)}: expected one of the ids ${found.map(({ id }) => id).join(', ')}`,
    );
  }
  const other = !enrolment && tokens.some((token) => token.type === 'enrolment' && matches(token));
  throw new TachoError(
    'not_found',
    `no ${what} is called or numbered ${JSON.stringify(reference)}; ${other ? 'there is an enrolment token: --enrolment revokes that' : 'tacho tokens list shows what there is'}`,
  );
}

function enrolmentRequest({ scope, uses = '1' }: AddFlags): [string, object] {
  if (scope !== undefined) throw new TachoError('invalid_request', 'invalid --scope: an enrolment token only enrols');
  if (uses !== 'any' && !/^[1-9]\d*$/.test(uses))
    throw new TachoError('invalid_request', `invalid --uses: expected a whole number, or any, got ${JSON.stringify(uses)}`);
  return ['/api/enrollment-tokens', { max_uses: uses === 'any' ? null : Number(uses) }];
}

function apiRequest({ scope = ['read'], uses }: AddFlags): [string, object] {
  if (uses !== undefined) throw new TachoError('invalid_request', 'invalid --uses: only an enrolment token is used up; add --enrolment');
  return ['/api/tokens', { scopes: scope.flatMap((text) => text.split(',')) }];
}

/** A shell keeps what is pasted in its history: by the time that somebody finds it there, the token is of no use. */
const INSTALL_LINE_EXPIRES = '1h';

const LOOPBACK_URL = /^https?:\/\/(127\.|localhost|\[::1\])/;

async function lineFor(api: Connection, name: string, { expires = INSTALL_LINE_EXPIRES, scope, uses }: AddFlags): Promise<Answer> {
  if (scope !== undefined || uses !== undefined)
    throw new TachoError('invalid_request', `invalid --${scope === undefined ? 'uses' : 'scope'}: an install line enrols one machine`);
  const { server_url: asked } = wire(agentManifest, await api.request('GET', AGENT_MANIFEST_PATH));
  // A server with a certificate was asked on its plain loopback port, which is of no use elsewhere.
  const announced = LOOPBACK_URL.test(asked) ? await api.serverUrl() : asked;
  const serverUrl = announced.startsWith('https:') ? announced : asked;
  const expires_at = expiryOf(expires, Date.now());
  const answer = wire(z.looseObject({ token: z.string() }), await api.request('POST', '/api/enrollment-tokens', { name, max_uses: 1, expires_at }));
  const line = installLine({ serverUrl, token: answer.token, name });
  const note = LOOPBACK_URL.test(serverUrl)
    ? `${serverUrl} is this machine itself: set public_url (TACHO_PUBLIC_URL) to the address by which others reach this server`
    : `good once, until ${instantText(expires_at)} UTC; without sudo it installs for that user only`;
  return { json: { ...answer, install_line: line }, text: () => `${line}\n`, note };
}

/** A time from now, or an instant, as the API takes it. */
function expiryOf(text: string, now: number): string {
  const instant = parseInstant(text) ?? now + parseDuration(text, '--expires') * 1000;
  return new Date(instant).toISOString();
}
