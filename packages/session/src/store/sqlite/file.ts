import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type DatabaseSyncOptions } from 'node:sqlite';

/** To which the write-ahead log shrinks once it is in the file: what it grows to when nobody reads for long. */
const logBytes = 4_194_304;

/**
 * Opens an SQLite file (or `:memory:`) for several processes, made with its folder when missing and readable by this user
 * alone: write-ahead log, synchronous = normal (a crash of a process loses nothing, a power cut may lose the last
 * moments). Statements do not wait for a lock that another program holds: they throw, and `createLockWait` tries them again.
 * Throws SQLite's own error, a lock too: a file is switched to its log by one process alone.
 */
export function openSqliteFile(path: string, options: DatabaseSyncOptions = {}): DatabaseSync {
  if (path !== ':memory:') createPrivateFile(path);
  const database = new DatabaseSync(path, { ...options, timeout: 0 });
  try {
    database.exec('pragma journal_mode = wal');
    database.exec('pragma synchronous = normal');
    // What a long read made of it is given back to the disk.
    database.exec(`pragma journal_size_limit = ${logBytes}`);
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
