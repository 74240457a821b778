import type { Command } from 'commander';
import { agent as agentSchema, type AgentState } from '../../model/agent.ts';
import { TachoError } from '../../model/errors.ts';
import { addApiCommand, collect } from '../api-command.ts';
import { removeThing, wire, wholeList, thingPath, type Wire } from '../answers.ts';
import { fields, instantText, listing, pairs, words, type Column } from '../format/listing.ts';
import type { Colour, Style } from '../format/style.ts';
import { printable, table } from '../format/text.ts';
import type { Io } from '../io.ts';
import { readBudget } from '../job-flags.ts';

type Agent = Wire<typeof agentSchema>;

const colours: Readonly<Record<AgentState, Colour | undefined>> = {
  online: 'green',
  late: 'yellow',
  offline: 'red',
  revoked: 'dim',
  external: undefined,
};

const columns: readonly Column<Agent>[] = [
  { title: 'ID', right: true, cell: ({ id }) => String(id) },
  { title: 'NAME', cell: ({ name }) => name },
  { title: 'STATE', cell: ({ state }) => state, colour: ({ state }) => colours[state] },
  { title: 'LAST SEEN (UTC)', cell: ({ last_seen_at }) => instantText(last_seen_at) },
  { title: 'WAITING', right: true, cell: ({ spool }) => String(spool?.pending ?? '-') },
  { title: 'VERSION', cell: ({ version }) => version ?? '-' },
  { title: 'LABELS', cell: ({ labels }) => words(pairs(labels)) },
];

const hint = 'tacho agents list shows what there is';
const one = [['<agent>', 'its name or id']] as const;

interface SetFlags {
  readonly name?: string;
  readonly label?: readonly string[];
  readonly unlabel?: readonly string[];
  readonly budget?: string;
}

/** Adds `tacho agents`: the machines that measure. */
export function registerAgents(program: Command, io: Io): void {
  const group = program.command('agents').description('list, show, change and remove agents');

  addApiCommand(group, io, {
    name: 'list',
    description: 'list agents with their state',
    examples: ['agents list', 'agents list --json'],
    run: async (api) => {
      const answer = await wholeList(agentSchema, '/api/agents', api);
      const empty = answer.items.length === 0;
      return {
        json: answer,
        text: (style) => (empty ? '' : listing(columns, answer.items, style)),
        ...(empty && { note: 'no agents yet: tacho tokens add NAME --enrolment makes a token with which one enrols' }),
      };
    },
  });

  addApiCommand(group, io, {
    name: 'show',
    description: 'show one agent: what it is, what it can measure',
    examples: ['agents show berlin'],
    takes: one,
    hint,
    run: async (api, [reference = '']) => {
      const found = wire(agentSchema, await api.request('GET', thingPath('agents', reference)));
      return { json: found, text: (style) => described(found, style) };
    },
  });

  addApiCommand<SetFlags>(group, io, {
    name: 'set',
    description: 'rename or relabel an agent, or limit what it spends; its results keep belonging to it',
    examples: ['agents set berlin --label site=berlin', 'agents set van --budget 200', 'agents set berlin --name berlin-2 --unlabel site'],
    takes: one,
    hint,
    options: (command) =>
      command
        .option('--name <NAME>', 'its new name')
        .option('--label <KEY=VALUE>', 'a label to set; may be given again', collect)
        .option('--unlabel <KEY>', 'a label to remove; may be given again', collect)
        .option('--budget <MB>', "most megabytes a UTC day that its runs may spend; '' for no limit"),
    run: async (api, [reference = ''], { name, label, unlabel, budget }) => {
      if (name === undefined && label === undefined && unlabel === undefined && budget === undefined) {
        throw new TachoError('invalid_request', 'nothing to change: expected --name, --label, --unlabel or --budget');
      }
      const path = thingPath('agents', reference);
      const before = wire(agentSchema, await api.request('GET', path));
      const removed = unlabel ?? [];
      const labels = Object.fromEntries(
        [...Object.entries(before.labels), ...(label ?? []).map(readLabel)].filter(([key]) => !removed.includes(key)),
      );
      const changed = wire(
        agentSchema,
        await api.request('PATCH', path, {
          ...(name !== undefined && { name }),
          ...(budget !== undefined && { budget_mb_per_day: readBudget(budget) }),
          labels,
        }),
      );
      return { json: changed, text: (style) => described(changed, style) };
    },
  });

  addApiCommand<{ readonly force?: boolean }>(group, io, {
    name: 'rm',
    description: 'remove an agent that nothing names, and its credential, at once; its results stay',
    examples: ['agents rm berlin', 'agents rm berlin --force'],
    takes: one,
    hint,
    options: (command) => command.option('--force', 'take it out of the jobs that name it, and remove the destinations that are it'),
    run: async (api, [reference = ''], { force }) => {
      const found = wire(agentSchema, await api.request('GET', thingPath('agents', reference)));
      await removeThing(api, thingPath('agents', String(found.id)), force);
      return { json: found, text: () => `removed agent ${printable(found.name)}; its results stay\n` };
    },
  });

  addApiCommand(group, io, {
    name: 'revoke',
    description: "withdraw an agent's credential at once: it stops measuring, its results stay",
    examples: ['agents revoke berlin'],
    takes: one,
    hint,
    run: async (api, [reference = '']) => {
      const found = wire(agentSchema, await api.request('GET', thingPath('agents', reference)));
      const path = thingPath('agents', String(found.id));
      await api.request('POST', `${path}/revoke`);
      const revoked = wire(agentSchema, await api.request('GET', path));
      return { json: revoked, text: () => `revoked agent ${printable(found.name)}; its results stay\n` };
    },
  });
}

function readLabel(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new TachoError('invalid_request', `invalid --label: expected KEY=VALUE, got ${JSON.stringify(text)}`);
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

function described(agent: Agent, style: Style): string {
  const { spool, clock_offset_ms: offset, budget_mb_per_day: budget } = agent;
  const kinds = Object.entries(agent.capabilities).map(([kind, { available, tool, version, note }]) => [
    kind,
    available ? ['yes, by', tool ?? 'itself', version].filter((part) => part !== null).join(' ') : 'no',
    note ?? '',
  ]);
  return fields(
    [
      ['id', String(agent.id)],
      ['name', agent.name],
      ['state', agent.state],
      ['last seen', instantText(agent.last_seen_at)],
      ['created', instantText(agent.created_at)],
      ['version', agent.version ?? '-'],
      ['platform', agent.platform ?? '-'],
      ['address', agent.address ?? '-'],
      ['labels', pairs(agent.labels)],
      ['clock offset', offset === null ? '-' : `${offset} ms`],
      ['budget', budget === null ? '-' : `${budget} MB a day`],
      ['spool', spool === null ? '-' : `${spool.pending} waiting, ${spool.dropped} dropped, ${spool.dead} refused`],
      ['measures', table(kinds)],
    ],
    style,
  );
}
