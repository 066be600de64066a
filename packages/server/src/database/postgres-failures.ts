import { LatchkeyError } from '@latchkey/session';
import { failureOf, isForbidden } from '@latchkey/session/parts';
import type { ServerErrorCode } from '../errors.ts';

/** Another transaction came between (a deadlock, say) and nothing was done: the same again may succeed. */
export function isConflict(error: unknown): boolean {
  return failureOf(error) === 'conflict';
}

/** The server refused one statement; its connection is as good as before. */
export function leavesConnection(error: unknown): boolean {
  return !['unknown', 'elsewhere'].includes(failureOf(error));
}

/** A query that its limit of time ended (57014), a lock that did not come (55P03), no disk, memory or connection left (53…), a fault of the machine (58…). */
const outages = /^(57014|55P03|53...|58...)$/;

/**
 * What a caller sees of an error of `pg`: `database_unavailable` where server, disk, the way there or others who were in the way too
 * often are to blame; itself where the statement is, or a constraint.
 */
export function toDatabaseError(error: unknown): unknown {
  if (error instanceof LatchkeyError) return error;
  const isOutage =
    isConflict(error) ||
    !leavesConnection(error) ||
    outages.test(sqlStateOf(error)) ||
    isForbidden(error);
  return isOutage ? postgresUnavailable(error) : error;
}

export function postgresUnavailable(cause: unknown): LatchkeyError<ServerErrorCode> {
  const why = isForbidden(cause)
    ? 'its role must be allowed to use the tables in the schema latchkey'
    : 'the cause tells why: the server is out of reach or stops, takes too long, or has no room';
  return new LatchkeyError<ServerErrorCode>(
    'database_unavailable',
    `The database of the login host is not available; ${why}.`,
    { cause },
  );
}

function sqlStateOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  return String(code);
}
