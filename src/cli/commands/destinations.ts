import { Option, type Command } from 'commander';
import type * as z from 'zod';
import { destination as destinationSchema, type destinationInput } from '../../model/destination.ts';
import { TachoError } from '../../model/errors.ts';
import { thingPath, wire, wholeList, type Wire } from '../answers.ts';
import { addApiCommand, collect } from '../api-command.ts';
import { fields, instantText, listing, words, type Column } from '../format/listing.ts';
import type { Style } from '../format/style.ts';
import { printable } from '../format/text.ts';
import type { Io } from '../io.ts';

type Destination = Wire<typeof destinationSchema>;
type Input = z.input<typeof destinationInput>;

const columns: readonly Column<Destination>[] = [
  { title: 'ID', right: true, cell: ({ id }) => String(id) },
  { title: 'NAME', cell: ({ name }) => name },
  { title: 'HOST', cell: ({ host }) => host },
  { title: 'STATUS', cell: ({ status }) => status, colour: ({ status }) => (status === 'active' ? 'green' : 'dim') },
  { title: 'TAGS', cell: ({ tags }) => words(tags) },
];

const hint = 'tacho destinations list shows what there is';
const one = [['<destination>', 'its name or id']] as const;

interface Flags {
  readonly name?: string;
  readonly host?: string;
  readonly displayName?: string;
  readonly description?: string;
  readonly tag?: readonly string[];
  readonly status?: Destination['status'];
}

/** Adds `tacho destinations`: what is measured. */
export function registerDestinations(program: Command, io: Io): void {
  const group = program.command('destinations').description('list, show, add, change and remove what is measured');

  addApiCommand(group, io, {
    name: 'list',
    description: 'list destinations',
    examples: ['destinations list'],
    run: async (api) => {
      const answer = await wholeList(destinationSchema, '/api/destinations', api);
      const empty = answer.items.length === 0;
      return {
        json: answer,
        text: (style) => (empty ? '' : listing(columns, answer.items, style)),
        ...(empty && { note: 'no destinations yet: tacho destinations add NAME HOST adds one' }),
      };
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
    examples: ['destinations add example example.org', 'destinations add shop https://shop.example.org/health --tag web'],
    takes: [
      ['<name>', 'what it is called'],
      ['[host]', 'host name, address or URL; the name where it is not given'],
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

  addApiCommand(group, io, {
    name: 'rm',
    description: 'remove a destination; its results stay',
    examples: ['destinations rm example'],
    takes: one,
    hint,
    run: async (api, [reference = '']) => {
      const found = wire(destinationSchema, await api.request('GET', thingPath('destinations', reference)));
      await api.request('DELETE', thingPath('destinations', String(found.id)));
      return { json: found, text: () => `removed destination ${printable(found.name)}; its results stay\n` };
    },
  });
}

function addOptions(command: Command): void {
  command
    .option('--display-name <TEXT>', "what people call it; '' for nothing")
    .option('--description <TEXT>', "a remark; '' for nothing")
    .option('--tag <TAG>', "a tag; may be given again; '' for none", collect)
    .addOption(new Option('--status <STATUS>', 'inactive: not measured').choices(destinationSchema.shape.status.options));
}

/** What the flags say, in the API's words; an empty text takes away. */
function given({ displayName, description, tag, status }: Flags): Partial<Input> {
  return {
    ...(displayName !== undefined && { display_name: displayName === '' ? null : displayName }),
    ...(description !== undefined && { description: description === '' ? null : description }),
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
      ['external', destination.external ? 'yes: known only from posted results' : 'no'],
      ['created', instantText(destination.created_at)],
    ],
    style,
  );
}
