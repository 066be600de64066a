import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type DatabaseSyncOptions } from 'node:sqlite';

/** Primary result code; extended codes have it in their low byte. */
const sqliteBusy = 5;

/**
 * Opens an SQLite file (or `:memory:`) for several processes, made with its folder when missing and readable by this user
 * alone: write-ahead log, synchronous = normal (a crash of a process
 * loses nothing, a power cut may lose the last moments). `timeout`: milliseconds that a statement waits for another
 * process’s write at most. Throws SQLite's own error.
 */
export function openSqliteFile(
  path: string,
  options: DatabaseSyncOptions & { readonly timeout: number },
): DatabaseSync {
  if (path !== ':memory:') createPrivateFile(path);
  const database = new DatabaseSync(path, options);
  try {
    switchToWal(database, options.timeout);
    database.exec('pragma synchronous = normal');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Names, addresses and app data are in it: for this user alone. SQLite gives its side files the mode of the main file. */
function createPrivateFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
}

/** The switch needs the file alone and SQLite does not wait for it, so processes that start together take turns. */
function switchToWal(database: DatabaseSync, timeoutMs: number): void {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      database.exec('pragma journal_mode = wal');
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

function isBusy(error: unknown): boolean {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : null;
  return typeof code === 'number' && (code & 0xff) === sqliteBusy;
}
