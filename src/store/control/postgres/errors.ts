import { TachoError } from '../../../model/errors.ts';
import { nameTaken } from '../context.ts';

/** SQLSTATEs with which a server says that it cannot serve now: connection lost, shutting down, out of resources, read-only. */
const UNAVAILABLE = /^(08|57P|53|25006)/;

/** The SQLSTATE of PostgreSQL's own errors; null where the error came from elsewhere, such as the network. */
function sqlState(error: unknown): string | null {
  return error instanceof Error && 'severity' in error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/** What a failed connection means to the one who asked. */
export function connectionFailure(error: unknown): unknown {
  if (error instanceof TachoError) return error;
  return new TachoError('unavailable', 'the control store cannot be reached: try again', { cause: error });
}

/** What a failed query means to the one who asked; a fault of ours stays as it is. */
export function queryFailure(error: unknown): unknown {
  const state = sqlState(error);
  if (state === '23505') return takenName(error) ?? error;
  if (state === '22021') return new TachoError('invalid_request', 'a text holds a NUL character, which PostgreSQL cannot store', { cause: error });
  if (state === '22003') return new TachoError('invalid_request', 'a number is too large to be stored', { cause: error });
  const lost = state === null ? error instanceof Error && !(error instanceof TypeError || error instanceof RangeError) : UNAVAILABLE.test(state);
  return lost ? connectionFailure(error) : error;
}

/** Two changes of name at once: each looked before the other was committed, and the unique index decided. Null where it is no name. */
function takenName(error: unknown): TachoError | null {
  const { table = '', constraint, detail = '' } = error as { table?: string; constraint?: string; detail?: string };
  if (constraint !== `${table}_name_key`) return null;
  // The server writes the detail in its own language; the value stands between `(name)=(` and the last parenthesis.
  const name = /\(name\)=\((.*)\)/s.exec(detail)?.[1];
  return name === undefined ? null : nameTaken(table.slice(0, -1), name);
}

/** Why a database could not be opened, for the one who wrote its URL. */
export function openingFailure(error: unknown, label: string): unknown {
  if (error instanceof TachoError && error.code !== 'unavailable') return error;
  const cause = error instanceof TachoError ? error.cause : error;
  if (!(cause instanceof Error)) return error;
  const refuse = (reason: string): TachoError => new TachoError('unavailable', `cannot open the control store: ${label}: ${reason}`, { cause });
  const state = sqlState(cause);
  if (state === null) {
    if (cause.message.startsWith('SASL:')) return refuse('the server asks for a password, got none');
    return error instanceof TachoError ? refuse(reasonOf(cause)) : error;
  }
  switch (state) {
    case '28P01':
    case '28000':
      return refuse(`sign-in refused: ${cause.message}`);
    case '3D000':
      return refuse(`${cause.message}: create it first`);
    case '42501':
    case '25006':
      return refuse(`expected a user who may create tables there: ${cause.message}`);
    // The first migration met a table of the same name, or a table `migrations` of another form.
    case '42P07':
    case '42703':
      return new TachoError('conflict', `${label} is the database of another program: expected an empty one (${cause.message})`, { cause });
    default:
      return UNAVAILABLE.test(state) ? refuse(cause.message) : error;
  }
}

/** Node names a refused connection in the code; of several addresses tried, it says nothing in the message. */
function reasonOf(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const reason = error.message === '' || error.message.includes(code) ? error.message || code : `${code}: ${error.message}`;
  return reason.startsWith('timeout exceeded') ? 'no answer in time' : reason;
}
