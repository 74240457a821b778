import { TachoError, problemsOf, type RefusalCode } from '../../model/errors.ts';
import type { Reference } from '../../model/name.ts';
import { readResult } from '../../model/read-result.ts';
import type { ResultInput } from '../../model/result.ts';
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
  /** Given an agent's results before they are stored: what it keeps of them must be durable when it resolves, and once however often. */
  readonly beforeAppend?: (rows: readonly ResultRow[]) => Promise<void>;
  /** Told of what was stored, after it is durable. */
  readonly onStored: (rows: readonly ResultRow[]) => void;
  /** Told of every answer, for the server's own figures. */
  readonly onAnswered?: (answer: BatchAnswer) => void;
}

/** Ends the judgement of one result; the others of its batch go on. */
class Refused extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string) {
    super(message);
    this.code = code;
  }
}

export function createIngest({ store, directory, clock, beforeAppend, onStored, onAnswered }: IngestOptions): Ingest {
  /**
   * Turns the results of one batch into rows, remembering what each reference stands for in it. A row is made without
   * a promise where all its references are known: this runs for every result, and only few of them name anything new.
   */
  const judge = (batch: PostedBatch, principal: Principal) => {
    const now = clock.now();
    const fromAgent = principal.agentId !== undefined;
    const mayCreate = principal.scopes.includes('write');
    const known = { agent: new Map<Reference, number>(), destination: new Map<Reference, number>(), job: new Map<Reference, number>() };

    const lookUp = async (thing: Thing, reference: Reference | null | undefined): Promise<void> => {
      if (reference === null || reference === undefined || known[thing].has(reference)) return;
      const id = await (mayCreate && thing !== 'job' ? directory.resolveOrCreate(thing, reference) : directory.resolve(thing, reference));
      if (id === null) throw new Refused('unknown_reference', `unknown ${thing}: no ${thing} is called or numbered ${JSON.stringify(reference)}`);
      known[thing].set(reference, id);
    };
    /** The agent's id; undefined where it is still to be looked up. */
    const agentOf = (input: ResultInput): number | undefined => {
      if (principal.agentId === undefined) {
        if (input.agent === undefined) throw new Refused('invalid_result', 'agent: missing: expected the name or id of the agent that measured');
        return known.agent.get(input.agent);
      }
      const own = principal.agentId;
      if (input.agent === undefined || input.agent === own || input.agent === principal.name) return own;
      throw new Refused('not_yours', `agent: expected ${JSON.stringify(principal.name)}, the credential's own, got ${JSON.stringify(input.agent)}`);
    };
    /** The row, or null where a reference of the result is still to be looked up. */
    const rowOf = (input: ResultInput): ResultRow | null => {
      const offset = input.clock_offset_ms ?? batch.clock_offset_ms ?? null;
      const startedAt = correctedInstant(input.started_at, offset);
      const refusal = instantRefusal(startedAt, now, fromAgent);
      if (refusal !== null) throw new Refused(refusal.code, refusal.message);
      const agentId = agentOf(input);
      const destinationId = input.destination === null ? null : known.destination.get(input.destination);
      const jobId = input.job === null ? null : known.job.get(input.job);
      if (agentId === undefined || destinationId === undefined || jobId === undefined) return null;
      const row = {
        id: input.id ?? '',
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
      if (input.id === null) row.id = derivedId(row);
      return row;
    };
    const lookUpAll = async (input: ResultInput): Promise<ResultRow> => {
      if (principal.agentId === undefined) await lookUp('agent', input.agent);
      await lookUp('destination', input.destination);
      await lookUp('job', input.job);
      const row = rowOf(input);
      if (row === null) throw new Error('a reference was looked up and is still unknown');
      return row;
    };
    return (input: ResultInput): ResultRow | Promise<ResultRow> => rowOf(input) ?? lookUpAll(input);
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
          const row = toRow(validated(raw));
          rows.push(row instanceof Promise ? await row : row);
          if (seq !== undefined) seqs.push(seq);
        } catch (error) {
          if (!(error instanceof Refused)) throw error;
          refused.push({ index, code: error.code, message: error.message, ...(seq === undefined ? {} : { seq }), ...idPart(raw) });
        }
      }
      // Before and not after: between two stores a crash may lose what comes second, but never what the agent sends again.
      if (fromSpool && beforeAppend !== undefined) await beforeAppend(rows);
      const outcome =
        batch.epoch !== undefined && principal.agentId !== undefined
          ? await store.appendSpool({ agentId: principal.agentId, epoch: batch.epoch, rows, seqs, through })
          : await store.appendForeign({ rows });
      if (outcome.stored.length > 0) {
        onStored(outcome.stored.length === rows.length ? rows : outcome.stored.flatMap((index) => rows[index] ?? []));
      }
      const answer = {
        stored: outcome.stored.length,
        duplicates: rows.length - outcome.stored.length,
        refused,
        ...(fromSpool ? { acknowledged: through } : {}),
      };
      onAnswered?.(answer);
      return answer;
    },
  };
}

function validated(raw: unknown): ResultInput {
  const parsed = readResult(raw);
  if (parsed.success) return parsed.data;
  const [problem] = problemsOf(parsed.error, { value: raw });
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
