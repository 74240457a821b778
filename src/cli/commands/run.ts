import { homedir } from 'node:os';
import type { Command } from 'commander';
import { problemsOf } from '../../model/errors.ts';
import { kindNames, kinds } from '../../model/kinds/index.ts';
import type { KindDefinition } from '../../model/kinds/kind.ts';
import { systemContext } from '../../probes/context.ts';
import { measure } from '../../probes/measure.ts';
import type { MeasuredOutcome } from '../../probes/measure.ts';
import type { ProbeContext } from '../../probes/probe.ts';
import { addExamples } from '../api-command.ts';
import { measurementJson, measurementText } from '../format/measurement.ts';
import { flagOf, specFrom, specOptions } from '../spec-options.ts';

/** What the command touches besides probes; the process itself unless a test says otherwise. */
export interface RunEnvironment {
  readonly context: ProbeContext;
  write(text: string): void;
  note(text: string): void;
  exitWith(code: number): void;
  /** Calls back when the user or the system wants an end; returns how to stop listening. */
  onSignal(listener: (name: 'SIGINT' | 'SIGTERM') => void): () => void;
}

/** A shell's convention: 128 and the number of the signal. */
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

const targetWords = {
  host: 'host name or address',
  name: 'name to resolve',
  url: 'URL',
  none: '',
} as const satisfies Record<KindDefinition['target'], string>;

const exampleTargets = {
  host: 'example.org',
  name: 'example.org',
  url: 'https://example.org',
  none: '',
} as const satisfies Record<KindDefinition['target'], string>;

/** Adds `tacho run KIND [TARGET]`: one measurement from this machine, with no server and no data. */
export function registerRun(program: Command, environment: RunEnvironment = processEnvironment()): void {
  const run = program.command('run').description('measure once, from this machine, and print what was found');
  for (const kind of kindNames) {
    const definition: KindDefinition = kinds[kind];
    const command = run.command(kind).description(definition.description);
    if (definition.target !== 'none') command.argument('<target>', targetWords[definition.target]);
    for (const option of specOptions(definition)) command.addOption(option);
    command.option('--json', 'print one JSON document');
    addExamples(command, [`run ${kind} ${exampleTargets[definition.target]}`.trim()]);
    command.action(async () => {
      const target = command.args[0] ?? '';
      await runOnce({ command, definition, target, environment });
    });
  }
}

interface RunOptions {
  readonly command: Command;
  readonly definition: KindDefinition;
  readonly target: string;
  readonly environment: RunEnvironment;
}

async function runOnce({ command, definition, target, environment }: RunOptions): Promise<void> {
  const values: Record<string, unknown> = command.opts();
  const spec = specFrom(definition, values);
  const checked = definition.spec.safeParse(spec);
  if (!checked.success) {
    const problems = problemsOf(checked.error, { value: spec }).map(({ path, message }) => `invalid ${flagOf(path)}: ${message}`);
    command.error(`error: ${problems.join('; ')}`, { exitCode: 2, code: 'tacho.usage' });
  }
  const interrupt = new AbortController();
  const caught: { name: keyof typeof exitCodes | null } = { name: null };
  const stopListening = environment.onSignal((name) => {
    caught.name ??= name;
    interrupt.abort(new Error('interrupted'));
  });
  try {
    const outcome = await measure({ kind: definition.kind, host: target, spec }, environment.context, interrupt.signal);
    const shown = { definition, target, outcome };
    environment.write(values['json'] === true ? measurementJson(shown) : measurementText(shown));
    environment.exitWith(exitCodeOf(outcome));
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    environment.note('interrupted: nothing was measured to the end\n');
    environment.exitWith(exitCodes[caught.name ?? 'SIGINT']);
  } finally {
    stopListening();
  }
}

/** 0 measured, 1 not measured, 2 asked for something that cannot be measured. */
function exitCodeOf({ status, failure }: MeasuredOutcome): number {
  if (failure?.source === 'agent' && failure.code === 'invalid_target') return 2;
  return status === 'success' ? 0 : 1;
}

export function processEnvironment(): RunEnvironment {
  return {
    context: systemContext(homedir()),
    write: (text) => void process.stdout.write(text),
    note: (text) => void process.stderr.write(text),
    exitWith: (code) => {
      process.exitCode = code;
    },
    onSignal: (listener) => {
      const onInterrupt = (): void => listener('SIGINT');
      const onTerminate = (): void => listener('SIGTERM');
      process.on('SIGINT', onInterrupt).on('SIGTERM', onTerminate);
      return () => void process.off('SIGINT', onInterrupt).off('SIGTERM', onTerminate);
    },
  };
}
