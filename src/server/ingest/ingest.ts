import { TachoError, problemsOf, type RefusalCode } from '../../model/errors.ts';
import type { Reference } from '../../model/name.ts';
import { resultInput, type ResultInput } from '../../model/result.ts';
import type { BatchAnswer, Refusal } from '../../protocol/batch.ts';
import type { ResultRow, ResultsStore } from '../../store/results/results-store.ts';
import type { Clock } from '../../util/clock.ts';
import type { Principal } from '../auth/authenticator.ts';
import type { Directory, Thing } from './directory.ts';
import { withOurFieldNames } from './foreign-fields.ts';
import { correctedInstant, instantRefusal } from './instants.ts';
import { derivedId } from './result-id.ts';

export interface PostedBatch {
  readonly epoch?: string | undefined;
  readonly clock_offset_ms?: number | null | undefined;
  readonly results: readonly unknown[];
}

export interface Ingest {
  /** Stores a batch; every result is durable or refused with a reason when this resolves. */
  post(batch: PostedBatch, principal: Principal): Promise<BatchAnswer>;
}

export interface IngestOptions {
  readonly store: ResultsStore;
  readonly directory: Directory;
  readonly clock: Clock;
  /** Told of what was stored, after it is durable. */
  readonly onStored: (rows: readonly ResultRow[]) => void;
}

/** Ends the judgement of one result; the others of its batch go on. */
class Refused extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string) {
    super(message);
    this.code = code;
  }
}

export function createIngest({ store, directory, clock, onStored }: IngestOptions): Ingest {
  const lookUp = (thing: Thing, reference: Reference, mayCreate: boolean): Promise<number | null> =>
    mayCreate && thing !== 'job' ? directory.resolveOrCreate(thing, reference) : directory.resolve(thing, reference);

  /** Turns a batch's results into rows one after another, remembering what each reference stood for in this batch. */
  const judge = (batch: PostedBatch, principal: Principal) => {
    const now = clock.now();
    const fromAgent = principal.agentId !== undefined;
    const mayCreate = principal.scopes.includes('write');
    const resolved = { agent: new Map<Reference, number>(), destination: new Map<Reference, number>(), job: new Map<Reference, number>() };
    const idOf = (thing: Thing, reference: Reference): number | Promise<number> => resolved[thing].get(reference) ?? find(thing, reference);
    const find = async (thing: Thing, reference: Reference): Promise<number> => {
      const id = await lookUp(thing, reference, mayCreate);
      if (id === null) throw new Refused('unknown_reference', `unknown ${thing}: no ${thing} is called or numbered ${JSON.stringify(reference)}`);
      resolved[thing].set(reference, id);
      return id;
    };
    const agentOf = (input: ResultInput): number | Promise<number> => {
      if (principal.agentId === undefined) {
        if (input.agent === undefined) throw new Refused('invalid_result', 'agent: missing: expected the name or id of the agent that measured');
        return idOf('agent', input.agent);
      }
      const own = principal.agentId;
      if (input.agent === undefined || input.agent === own || input.agent === principal.name) return own;
      throw new Refused('not_yours', `agent: expected ${JSON.stringify(principal.name)}, the credential's own, got ${JSON.stringify(input.agent)}`);
    };

    return async (input: ResultInput): Promise<ResultRow> => {
      const offset = input.clock_offset_ms ?? batch.clock_offset_ms ?? null;
      const startedAt = correctedInstant(input.started_at, offset);
      const refusal = instantRefusal(startedAt, now, fromAgent);
      if (refusal !== null) throw new Refused(refusal.code, refusal.message);
      // Awaited only where something must be looked up: this runs for every result.
      const agent = agentOf(input);
      const agentId = typeof agent === 'number' ? agent : await agent;
      const destination = input.destination === null ? null : idOf('destination', input.destination);
      const destinationId = destination === null || typeof destination === 'number' ? destination : await destination;
      const job = input.job === null ? null : idOf('job', input.job);
      const jobId = job === null || typeof job === 'number' ? job : await job;
      const row = {
        run: input.run,
        plannedAt: input.planned_at,
        startedAt,
        durationMs: input.duration_ms,
        clockOffsetMs: offset,
        kind: input.kind,
        agentId,
        destinationId,
        jobId,
        status: input.status,
        failure: input.failure,
        metrics: input.metrics,
        labels: input.labels,
        details: input.details,
      };
      return { id: input.id ?? derivedId(row), ...row };
    };
  };

  return {
    post: async (batch, principal) => {
      const fromSpool = batch.epoch !== undefined;
      if (fromSpool && principal.agentId === undefined) {
        throw new TachoError('forbidden', "a batch with an epoch needs an agent's own credential");
      }
      const rows: ResultRow[] = [];
      const seqs: number[] = [];
      const refused: Refusal[] = [];
      const toRow = judge(batch, principal);
      let through = 0;
      for (const [index, posted] of batch.results.entries()) {
        const raw = fromSpool ? posted : withOurFieldNames(posted);
        const seq = fromSpool ? seqOf(raw) : undefined;
        try {
          if (fromSpool) {
            if (seq === undefined) throw new Refused('invalid_result', 'seq: missing: expected a positive whole number');
            if (seq <= through) throw new Refused('out_of_order', `seq: expected more than ${through}, got ${seq}`);
            through = seq;
          }
          rows.push(await toRow(validated(raw)));
          if (seq !== undefined) seqs.push(seq);
        } catch (error) {
          if (!(error instanceof Refused)) throw error;
          refused.push({ index, code: error.code, message: error.message, ...(seq === undefined ? {} : { seq }), ...idPart(raw) });
        }
      }
      const outcome =
        batch.epoch !== undefined && principal.agentId !== undefined
          ? await store.appendSpool({ agentId: principal.agentId, epoch: batch.epoch, rows, seqs, through })
          : await store.appendForeign({ rows });
      if (outcome.stored.length > 0) {
        onStored(outcome.stored.length === rows.length ? rows : outcome.stored.flatMap((index) => rows[index] ?? []));
      }
      return {
        stored: outcome.stored.length,
        duplicates: rows.length - outcome.stored.length,
        refused,
        ...(fromSpool ? { acknowledged: through } : {}),
      };
    },
  };
}

function validated(raw: unknown): ResultInput {
  const parsed = resultInput.safeParse(raw);
  if (parsed.success) return parsed.data;
  const [problem] = problemsOf(parsed.error);
  throw new Refused(
    'invalid_result',
    problem === undefined ? 'not a result' : `${problem.path === '' ? 'result' : problem.path}: ${problem.message}`,
  );
}

function seqOf(raw: unknown): number | undefined {
  const seq = (raw as { seq?: unknown } | null)?.seq;
  return typeof seq === 'number' && Number.isSafeInteger(seq) && seq > 0 ? seq : undefined;
}

function idPart(raw: unknown): { id?: string } {
  const id = (raw as { id?: unknown } | null)?.id;
  return typeof id === 'string' && id.length <= 64 ? { id } : {};
}
