import { fork } from 'node:child_process';
import { once } from 'node:events';
import { siblingFile } from '../../src/util/files.ts';
import { cpuOf, machineCpu, type ProcessCpu } from './cpu.ts';
import type { FromLoad, LoadOutcome, LoadPlan, ToLoad } from './ingest-load.ts';

export interface MeasuredLoad extends LoadOutcome {
  readonly perSecond: number;
  /** CPU time of the process that takes the load, while it took it; null where the system does not tell. */
  readonly serverCpu: ProcessCpu | null;
  /** Share of this machine's CPU time that processes outside this bench took meanwhile, percent; null where unknown. */
  readonly othersPct: number | null;
}

/** Puts a load from a process of its own on the process `pid`. */
export async function runLoad(plan: LoadPlan, pid: number): Promise<MeasuredLoad> {
  const child = fork(siblingFile(import.meta.url, './ingest-load.ts'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = once(child, 'exit');
  const hear = async (): Promise<FromLoad> => {
    const message = await Promise.race([once(child, 'message'), ended.then(() => null)]);
    if (message === null) throw new Error('the load process ended before it was done');
    return (message as [FromLoad])[0];
  };
  const say = (message: ToLoad): void => void child.send(message);
  try {
    say({ type: 'plan', plan });
    await hear();
    const before = { server: cpuOf(pid), machine: machineCpu() };
    const begin = performance.now();
    const finishing = hear();
    say({ type: 'go' });
    const done = await finishing;
    if (done.type !== 'done') throw new Error('the load process said ready twice');
    const { outcome } = done;
    const elapsedMs = performance.now() - begin;
    const [server, machine] = [cpuOf(pid), machineCpu()];
    const serverCpu =
      before.server === null || server === null ? null : { allMs: server.allMs - before.server.allMs, mainMs: server.mainMs - before.server.mainMs };
    const othersPct =
      before.machine === null || machine === null || serverCpu === null
        ? null
        : Math.max(0, ((machine.busyMs - before.machine.busyMs - serverCpu.allMs - outcome.cpuMs) / (elapsedMs * machine.cores)) * 100);
    return { ...outcome, perSecond: outcome.stored / outcome.seconds, serverCpu, othersPct };
  } finally {
    if (child.exitCode === null && child.connected) child.kill();
    await ended;
  }
}
