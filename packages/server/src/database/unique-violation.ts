/** SQLITE_CONSTRAINT_UNIQUE and SQLITE_CONSTRAINT_PRIMARYKEY (sqlite.org/rescode.html). */
const sqliteCodes: readonly unknown[] = [2067, 1555];
/** `unique_violation` (PostgreSQL manual, appendix A). */
const postgresCode = '23505';

/** Whether a statement failed since what it writes is to be unique and is there already: somebody else was faster. */
export function isUniqueViolation(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const isOfSqlite = 'errcode' in error && sqliteCodes.includes(error.errcode);
  return isOfSqlite || ('code' in error && error.code === postgresCode);
}
