import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { siblingFile } from '../../src/util/files.ts';
import type { AgentLedger, FleetCount, FromWorker, ToWorker } from './fleet-worker.ts';

interface Worker {
  readonly child: ChildProcess;
  count: FleetCount | null;
}

const CHECK_EVERY_MS = 50;

/** Processes that carry the simulated agents of a fleet between them. */
export class FleetWorkers implements AsyncDisposable {
  readonly #workers: readonly Worker[];
  #failure: Error | null = null;
  #ending = false;

  constructor(processes: number) {
    this.#workers = Array.from({ length: processes }, () => {
      const child = fork(siblingFile(import.meta.url, './fleet-worker.ts'), {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
        execArgv: ['--disable-warning=ExperimentalWarning'],
      });
      const worker: Worker = { child, count: null };
      child.on('message', (message: FromWorker) => {
        if (message.type === 'count') worker.count = message.count;
      });
      child.on('exit', (code, signal) => {
        if (!this.#ending) this.#failure = new Error(`a process of simulated agents ended: ${signal ?? `code ${code ?? 'unknown'}`}`);
      });
      return worker;
    });
  }

  get pids(): number[] {
    return this.#workers.flatMap(({ child }) => child.pid ?? []);
  }

  /** All processes together, as they last said. */
  get count(): FleetCount {
    const sum = { agents: 0, welcomed: 0, heartbeatAnswered: 0, current: 0, pending: 0, measured: 0 };
    for (const { count } of this.#workers) if (count !== null) for (const key of Object.keys(sum) as (keyof FleetCount)[]) sum[key] += count[key];
    return sum;
  }

  /** Enrols so many agents, spread over the processes. */
  async enrol(count: number, url: string, token: string): Promise<void> {
    const names = Array.from({ length: count }, (_, i) => `agent-${i + 1}`);
    const each = Math.ceil(count / this.#workers.length);
    await Promise.all(
      this.#workers.map((worker, i) => this.#ask(worker, { type: 'enrol', url, token, names: names.slice(i * each, (i + 1) * each) }, 'enrolled')),
    );
  }

  connect(): void {
    for (const { child } of this.#workers) child.send({ type: 'connect' } satisfies ToWorker);
  }

  /** Forgets what came before: counts begin anew. */
  async mark(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => this.#ask(worker, { type: 'mark' }, 'marked')));
    for (const worker of this.#workers) worker.count = null;
    await this.until('a count of every process', () => this.#workers.every(({ count }) => count !== null), 10_000);
  }

  /** Resolves with the time it took until the condition holds. */
  async until(what: string, condition: (count: FleetCount) => boolean, timeoutMs: number): Promise<number> {
    const begin = performance.now();
    while (!condition(this.count)) {
      if (this.#failure !== null) throw this.#failure;
      if (performance.now() - begin > timeoutMs) throw new Error(`waited ${timeoutMs} ms in vain: ${what}; ${JSON.stringify(this.count)}`);
      await sleep(CHECK_EVERY_MS);
    }
    return performance.now() - begin;
  }

  /** Ends measuring, lets every spool run empty, and answers what each agent knows to be stored. */
  async stop(): Promise<AgentLedger[]> {
    this.#ending = true;
    const ledgers = await Promise.all(this.#workers.map((worker) => this.#ask(worker, { type: 'stop' }, 'ledger')));
    return ledgers.flatMap((message) => (message.type === 'ledger' ? message.agents : []));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending = true;
    await Promise.all(
      this.#workers.map(async ({ child }) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      }),
    );
  }

  async #ask({ child }: Worker, message: ToWorker, answer: FromWorker['type']): Promise<FromWorker> {
    const gone = new AbortController();
    try {
      return await new Promise<FromWorker>((resolve, reject) => {
        const hear = (heard: FromWorker): void => {
          if (heard.type === answer) resolve(heard);
        };
        const ended = (): void => reject(new Error('a process of simulated agents ended before it answered'));
        child.on('message', hear).once('exit', ended);
        gone.signal.addEventListener('abort', () => child.off('message', hear).off('exit', ended));
        child.send(message);
      });
    } finally {
      gone.abort();
    }
  }
}
