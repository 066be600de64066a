/**
 * What an error says about the call that met it:
 * - `conflict`: another transaction came between; nothing was done, again at once.
 * - `elsewhere`: this connection leads to a server that cannot do it (now); nothing was done, again on another.
 * - `tables-gone`: nothing was done; tables, or columns of theirs, have to be made again.
 * - `unknown`: the connection was lost, perhaps after it was done.
 * - `final`: the server refused; nothing was done, and trying again would not help.
 */
export type PostgresFailure = 'conflict' | 'elsewhere' | 'tables-gone' | 'unknown' | 'final';

/** By SQLSTATE (PostgreSQL manual, appendix A). */
const failures: Readonly<Record<string, PostgresFailure>> = {
  '40001': 'conflict',
  '40P01': 'conflict',
  // A write on a standby; a prepared statement that a proxy has forgotten; starting up; no connection left.
  '25006': 'elsewhere',
  '26000': 'elsewhere',
  '57P03': 'elsewhere',
  '53300': 'elsewhere',
  '42P01': 'tables-gone',
  '42703': 'tables-gone',
  // Ended by an administrator, by a crash of a neighbour, by a time limit on idle connections.
  '57P01': 'unknown',
  '57P02': 'unknown',
  '57P05': 'unknown',
  '25P03': 'unknown',
};

/** Sorts an error of `pg`: one without SQLSTATE is one of the connection. */
export function failureOf(error: unknown): PostgresFailure {
  const state = stateOf(error);
  if (state === null || state.startsWith('08')) return 'unknown';
  return failures[state] ?? 'final';
}

/** Whether the server refused for want of rights (42501). */
export function isForbidden(error: unknown): boolean {
  return stateOf(error) === '42501';
}

function stateOf(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  // Of the same length as some of Node's own, such as EPIPE, which `pg` passes on: those have no severity.
  const isReply = error instanceof Error && 'severity' in error;
  return isReply && typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : null;
}
