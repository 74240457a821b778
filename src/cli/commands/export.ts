import type { Command } from 'commander';
import * as z from 'zod';
import { stringify } from 'yaml';
import { agent } from '../../model/agent.ts';
import { configOf } from '../../model/config-file.ts';
import { destination } from '../../model/destination.ts';
import { job } from '../../model/job.ts';
import { wholeList } from '../answers.ts';
import { addApiCommand } from '../api-command.ts';
import type { Io } from '../io.ts';

/** Adds `tacho export`: what is there, as files. */
export function registerExport(program: Command, io: Io): void {
  const group = program.command('export').description('print what is there in a form that can be read again');

  addApiCommand(group, io, {
    name: 'config',
    description: 'print destinations and jobs as a file that tacho apply makes the same again',
    examples: ['export config > config.yaml'],
    run: async (api) => {
      const [destinations, jobs, agents] = [
        await wholeList(destination, '/api/destinations', api),
        await wholeList(job, '/api/jobs', api),
        await wholeList(agent, '/api/agents', api),
      ];
      const config = configOf({
        destinations: z.decode(z.array(destination), destinations.items),
        jobs: z.decode(z.array(job), jobs.items),
        agents: agents.items,
      });
      // Lines are not folded: a long text stays one that can be searched for.
      return { json: config, text: () => stringify(config, { lineWidth: 0 }) };
    },
  });
}
