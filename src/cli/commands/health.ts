import type { Command } from 'commander';
import { health } from '../../protocol/session.ts';
import { wire } from '../answers.ts';
import { addApiCommand } from '../api-command.ts';
import { formatMetric } from '../format/metric.ts';
import { printable } from '../format/text.ts';
import type { Io } from '../io.ts';

/** Adds `tacho health`: whether the server answers, for people and for whatever watches it. */
export function registerHealth(program: Command, io: Io): void {
  addApiCommand(program, io, {
    name: 'health',
    description: 'ask whether the server answers and is well; exit code 1 where it does not',
    examples: ['health', 'health --url https://tacho.example.org --json'],
    run: async (api) => {
      const url = await api.serverUrl();
      const answer = wire(health, await api.request('GET', '/api/health'));
      const uptime = formatMetric(answer.uptime_s, { unit: 's', decimals: 0 });
      return {
        json: { url, ...answer },
        text: (style) =>
          `${style(printable(answer.status), answer.status === 'ok' ? 'green' : 'red')}: Tachograph ${printable(answer.version)} at ${url}, up ${uptime}\n`,
        ...(answer.status !== 'ok' && { exitCode: 1 as const }),
      };
    },
  });
}
