import { Option, type Command } from 'commander';
import type * as z from 'zod';
import { describedDestination as destinationSchema, healthState, type destinationInput } from '../../model/destination.ts';
import { TachoError } from '../../model/errors.ts';
import { kindNames, kinds } from '../../model/kinds/index.ts';
import type { TargetForm } from '../../model/kinds/kind.ts';
import { removeThing, thingPath, wire, wholeList, type Wire } from '../answers.ts';
import { addApiCommand, collect } from '../api-command.ts';
import { fields, instantText, listing, words, type Column } from '../format/listing.ts';
import type { Colour, Style } from '../format/style.ts';
import { printable } from '../format/text.ts';
import type { Io } from '../io.ts';

type Destination = Wire<typeof destinationSchema>;
type Input = z.input<typeof destinationInput>;

const healthColours: Readonly<Record<Destination['health']['state'], Colour>> = { ok: 'green', partial: 'yellow', failing: 'red', unknown: 'dim' };

const columns: readonly Column<Destination>[] = [
  { title: 'ID', right: true, cell: ({ id }) => String(id) },
  { title: 'NAME', cell: ({ name }) => name },
  { title: 'HOST', cell: ({ host }) => host },
  { title: 'STATUS', cell: ({ status }) => status, colour: ({ status }) => (status === 'active' ? 'green' : 'dim') },
  { title: 'HEALTH', cell: healthText, colour: ({ health }) => healthColours[health.state] },
  { title: 'TAGS', cell: ({ tags }) => words(tags) },
];

const hint = 'tacho destinations list shows what there is';
const one = [['<destination>', 'its name or id']] as const;

interface Flags {
  readonly agent?: string;
  readonly name?: string;
  readonly host?: string;
  readonly displayName?: string;
  readonly description?: string;
  readonly tag?: readonly string[];
  readonly status?: Destination['status'];
}

interface ListFlags {
  readonly tag?: readonly string[];
  readonly status?: string;
  readonly health?: string;
}

/** Adds `tacho destinations`: what is measured. */
export function registerDestinations(program: Command, io: Io): void {
  const group = program.command('destinations').description('list, show, add, change and remove what is measured');

  addApiCommand<ListFlags>(group, io, {
    name: 'list',
    description: 'list destinations, with their health as their agents see it',
    examples: ['destinations list', 'destinations list --health failing,partial', 'destinations list --tag web --status active'],
    options: (command) =>
      command
        .option('--tag <TAG>', 'only those with this tag; may be given again: one of them is enough', collect)
        .option('--status <STATUS>', `only those that are ${destinationSchema.shape.status.options.join(' or ')}`)
        .option('--health <STATES>', `only those that are ${healthState.options.join(', ')}; several with commas`),
    run: async (api, _args, { tag = [], status, health }) => {
      const query = new URLSearchParams();
      for (const word of tag) query.append('tag', word);
      if (status !== undefined) query.set('status', status);
      if (health !== undefined) query.set('health', health);
      const answer = await wholeList(destinationSchema, `/api/destinations?${query.toString()}`, api);
      const empty = answer.items.length === 0;
      const note = query.size === 0 ? 'no destinations yet: tacho destinations add NAME HOST adds one' : 'no destination is so';
      return { json: answer, text: (style) => (empty ? '' : listing(columns, answer.items, style)), ...(empty && { note }) };
    },
  });

  addApiCommand(group, io, {
    name: 'show',
    description: 'show one destination',
    examples: ['destinations show example'],
    takes: one,
    hint,
    run: async (api, [reference = '']) => {
      const found = wire(destinationSchema, await api.request('GET', thingPath('destinations', reference)));
      return { json: found, text: (style) => described(found, style) };
    },
  });

  addApiCommand<Flags>(group, io, {
    name: 'add',
    description: 'add a destination',
    examples: [
      'destinations add example example.org',
      'destinations add shop https://shop.example.org/health --tag web',
      'destinations add to-berlin --agent berlin',
    ],
    takes: [
      ['<name>', 'what it is called'],
      ['[host]', `${targetForms()}; the name where it is not given`],
    ],
    hint,
    options: addOptions,
    run: async (api, [name = '', host], flags) => {
      const input: Input = { name, ...(host !== undefined && { host }), ...given(flags) };
      const added = wire(destinationSchema, await api.request('POST', '/api/destinations', input));
      return { json: added, text: () => `added destination ${printable(added.name)} (id ${added.id}): ${printable(added.host)}\n` };
    },
  });

  addApiCommand<Flags>(group, io, {
    name: 'set',
    description: 'change a destination; its results keep belonging to it',
    examples: ['destinations set example --host www.example.org', "destinations set example --tag web --tag edge --description ''"],
    takes: one,
    hint,
    options: (command) => {
      command.option('--name <NAME>', 'its new name').option('--host <HOST>', 'host name, address or URL');
      addOptions(command);
    },
    run: async (api, [reference = ''], flags) => {
      const changes = {
        ...(flags.name !== undefined && { name: flags.name }),
        ...(flags.host !== undefined && { host: flags.host }),
        ...given(flags),
      };
      if (Object.keys(changes).length === 0) throw new TachoError('invalid_request', 'nothing to change: --help shows the options');
      const { id, name, host, display_name, description, tags, status } = wire(
        destinationSchema,
        await api.request('GET', thingPath('destinations', reference)),
      );
      const input: Input = { name, host, display_name, description, tags, status, ...changes };
      const changed = wire(destinationSchema, await api.request('PUT', thingPath('destinations', String(id)), input));
      return { json: changed, text: (style) => described(changed, style) };
    },
  });

  addApiCommand<{ readonly force?: boolean }>(group, io, {
    name: 'rm',
    description: 'remove a destination that no job names; its results stay',
    examples: ['destinations rm example', 'destinations rm example --force'],
    takes: one,
    hint,
    options: (command) => command.option('--force', 'take it out of the jobs that name it'),
    run: async (api, [reference = ''], { force }) => {
      const found = wire(destinationSchema, await api.request('GET', thingPath('destinations', reference)));
      await removeThing(api, thingPath('destinations', String(found.id)), force);
      return { json: found, text: () => `removed destination ${printable(found.name)}; its results stay\n` };
    },
  });
}

function addOptions(command: Command): void {
  command
    .option('--display-name <TEXT>', "what people call it; '' for nothing")
    .option('--description <TEXT>', "a remark; '' for nothing")
    .option('--agent <AGENT>', "another agent, measured at the address it advertises; '' for none")
    .option('--tag <TAG>', "a tag; may be given again; '' for none", collect)
    .addOption(new Option('--status <STATUS>', 'inactive: not measured').choices(destinationSchema.shape.status.options));
}

/** What the flags say, in the API's words; an empty text takes away. */
function given({ displayName, description, agent, tag, status }: Flags): Partial<Input> {
  return {
    ...(displayName !== undefined && { display_name: displayName === '' ? null : displayName }),
    ...(description !== undefined && { description: description === '' ? null : description }),
    ...(agent !== undefined && { agent: agent === '' ? null : agent }),
    ...(tag !== undefined && { tags: tag.filter((word) => word !== '') }),
    ...(status !== undefined && { status }),
  };
}

function described(destination: Destination, style: Style): string {
  return fields(
    [
      ['id', String(destination.id)],
      ['name', destination.name],
      ['host', destination.host],
      ['display name', destination.display_name ?? '-'],
      ['description', destination.description ?? '-'],
      ['tags', words(destination.tags)],
      ['status', destination.status],
      ['health', [healthText(destination), ...sinceText(destination)].join(', ')],
      ...(destination.declared_by === null ? [] : [['declared by', destination.declared_by] as const]),
      ['external', destination.external ? 'yes: known only from posted results' : 'no'],
      ['created', instantText(destination.created_at)],
    ],
    style,
  );
}

function healthText({ health }: Destination): string {
  const { state, agents_ok: ok, agents_failing: failing } = health;
  return state === 'partial' ? `partial (${failing} of ${ok + failing} agents fail)` : state;
}

function sinceText({ health }: Destination): string[] {
  const { since, last_result_at: at } = health;
  return since === null ? [] : [`since ${instantText(since)}`, `last result ${instantText(at)}`];
}

/** Which kinds measure what sort of destination. */
function targetForms(): string {
  const forms = { host: 'a host name or an address', name: 'a name', url: 'a URL' } as const satisfies Record<Exclude<TargetForm, 'none'>, string>;
  return Object.entries(forms)
    .map(([form, text]) => {
      const names = kindNames.filter((kind) => kinds[kind].target === form);
      return `${text} for ${names.join(', ')}`;
    })
    .join('; ');
}
