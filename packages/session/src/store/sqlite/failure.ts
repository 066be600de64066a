import type { DatabaseSync } from 'node:sqlite';

/** Primary result codes (https://sqlite.org/rescode.html); extended codes have theirs in the low byte. */
const codes = { busy: 5, full: 13 } as const;
/** SQLITE_IOERR_WRITE: every reason for a short write but a full disk. */
const ioErrorWrite = 778;
/** Those that tell of the file, the disk or another program, and not of the statement. */
const outages: ReadonlySet<number> = new Set([
  codes.busy,
  // locked, read-only, input or output, corrupt
  ...[6, 8, 10, 11],
  codes.full,
  // cannot open, locking protocol, not a database
  ...[14, 15, 26],
]);

/** Whether another program holds the lock that a statement needs. Nothing was done. */
export function isBusy(error: unknown): boolean {
  return codeOf(error) === codes.busy;
}

/** Whether the file or its disk failed a statement, and not the statement itself. */
export function isFileFailure(error: unknown): boolean {
  const code = codeOf(error);
  return code !== null && outages.has(code);
}

/** Whether there was no room for what was to be written: the disk is full, or a quota or a limit on files is reached. */
export function isFull(error: unknown): boolean {
  return codeOf(error) === codes.full || extendedCodeOf(error) === ioErrorWrite;
}

/**
 * Empties the write-ahead log into the file. On a full disk it may have taken the room that the next write needs, and what
 * is in it needs no more where the file has those pages already. Not within a transaction. Never throws: whether there is room
 * now, the next write tells.
 */
export function emptyLog(database: DatabaseSync): void {
  try {
    database.exec('pragma wal_checkpoint(truncate)');
  } catch {
    // The disk is too full for that too.
  }
}

function codeOf(error: unknown): number | null {
  const code = extendedCodeOf(error);
  return code === null ? null : code & 0xff;
}

function extendedCodeOf(error: unknown): number | null {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : null;
  return typeof code === 'number' ? code : null;
}
