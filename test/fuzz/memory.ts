import type { EnrolledAgent } from '../support/server.ts';

/** What a run comes to know, by what a request could say it for. */
export type Remembered =
  'agent' | 'destination' | 'job' | 'result' | 'cursor' | 'link' | 'token_id' | 'enrolment_id' | 'credential' | 'token' | 'enrolment' | 'cookie';

/** Part of a made-up request that is only known when it is sent. */
export class Later {
  readonly what: Remembered | 'ago';
  /** Counted back from the newest; seconds before now for `ago`. */
  readonly pick: number;

  constructor(what: Remembered | 'ago', pick: number) {
    this.what = what;
    this.pick = pick;
  }
}

/** As many of each as keep a run's requests meeting one another. */
const MOST_OF_EACH = 24;

/** Values of earlier answers, to be asked for again. */
export class Memory {
  readonly #values = new Map<Remembered, (string | number)[]>();
  readonly #secrets = new Set<string>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Every secret that an answer ever held. */
  get secrets(): ReadonlySet<string> {
    return this.#secrets;
  }

  note(what: Remembered, value: unknown): void {
    if ((typeof value !== 'string' && typeof value !== 'number') || value === '') return;
    const values = (this.#values.get(what) ?? []).filter((known) => known !== value);
    this.#values.set(what, [...values, value].slice(-MOST_OF_EACH));
  }

  noteSecret(what: Remembered, value: unknown): void {
    this.note(what, value);
    if (typeof value === 'string') this.#secrets.add(value.replace(/^tacho_session=/, ''));
  }

  noteAgent({ id, name, credential }: EnrolledAgent): void {
    this.note('agent', id);
    this.note('agent', name);
    this.noteSecret('credential', credential);
  }

  recall({ what, pick }: Later): string | number {
    if (what === 'ago') return new Date(this.#now() - pick * 1000).toISOString();
    const values = this.#values.get(what) ?? [];
    return values.at(-1 - (pick % Math.max(1, values.length))) ?? `no-${what}-yet`;
  }
}
