import type { Command } from 'commander';
import { addExamples } from '../api-command.ts';
import { kindNames, kinds } from '../../model/kinds/index.ts';
import type { KindDefinition } from '../../model/kinds/kind.ts';
import { detectAll } from '../../probes/measure.ts';
import { kindsJson, kindsText } from '../format/kinds.ts';
import { processEnvironment } from './run.ts';
import type { RunEnvironment } from './run.ts';

/** Adds `tacho kinds`: what can be measured, in which units, and with what on this machine. */
export function registerKinds(program: Command, environment: Pick<RunEnvironment, 'context' | 'write'> = processEnvironment()): void {
  const command = program
    .command('kinds')
    .description('list what can be measured, the metrics with their units, and what this machine can do')
    .option('--json', 'print one JSON document')
    .action(async ({ json }: { json?: boolean }) => {
      const definitions: KindDefinition[] = kindNames.map((kind) => kinds[kind]);
      const found = await detectAll(environment.context);
      environment.write(json === true ? kindsJson(definitions, found) : kindsText(definitions, found));
    });
  addExamples(command, ['kinds']);
}
