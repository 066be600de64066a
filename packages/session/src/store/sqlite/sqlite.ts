// Owns the SQLite store: the file, its tables, waiting for a lock, and memory that is good as long as
// the file has not changed. The rules of slots are left to the folder `store/`, which the memory store
// shares.

import { resolve } from 'node:path';
import type { LatchkeyError } from '../../errors.ts';
import { invalidOption, refuseUnknown } from '../../option-rules.ts';
import type { SessionStore } from '../../session-store.ts';
import { createSteadyClock } from '../../steady-clock.ts';
import { createSlotStore, type RunSteps } from '../slot-store.ts';
import { storeUnavailable } from '../store-unavailable.ts';
import { isBusy } from './failure.ts';
import { openSqliteFile } from './file.ts';
import { createLockWait } from './lock-wait.ts';
import { createSqliteTable } from './slot-table.ts';
import { hasTables, makeTables } from './tables.ts';

/** How long a call waits for a lock that another program holds. */
const lockTimeoutMilliseconds = 2000;
/** Between two looks at a lock while the process starts. */
const startPauseMilliseconds = 10;
/** Pages kept by each process at most: some 30,000 sessions. */
const cacheKilobytes = 32_768;

export { emptyLog, isFileFailure, isFull } from './failure.ts';
export { openSqliteFile } from './file.ts';
export { createLockWait, type LockWait } from './lock-wait.ts';

export interface SqliteStoreOptions {
  /** The file, absolute or from the working directory. It and its parent folders are made when missing. */
  readonly path: string;
  /** Milliseconds since 1970, the same clock for all processes on the file. Default the wall clock, steadied. */
  readonly now?: () => number;
}

/**
 * Sessions in an SQLite file that the processes of one machine share; not for network file systems. `read` is one
 * prepared statement and answers synchronously. While another program holds the file's lock, writes wait for two seconds at
 * most, then they reject; other work of this process goes on. A crash of a process loses nothing, a power cut may lose the
 * last moments. Opens the file now, and stands still for two seconds at most where another program makes it at this moment.
 * Throws `store_unavailable` when it cannot be opened, `option_invalid` for an empty path or `:memory:`.
 *
 * @example
 * ```ts
 * import { sessions } from '@latchkey/session/express';
 * import { createSqliteStore } from '@latchkey/session/store/sqlite';
 *
 * const store = createSqliteStore({ path: './data/sessions.db' });
 * export const middleware = sessions({ origin: 'https://shop.example', store });
 * ```
 */
export function createSqliteStore(options: SqliteStoreOptions): SessionStore {
  const file = checkedFile(options);
  const deadline = performance.now() + lockTimeoutMilliseconds;
  for (;;) {
    try {
      return openFile(file);
    } catch (cause) {
      if (!isBusy(cause) || performance.now() >= deadline) throw cannotOpen(file, cause);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, startPauseMilliseconds);
    }
  }
}

/** The same, without standing still: what a process that answers already opens its file by. */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SessionStore> {
  const file = checkedFile(options);
  try {
    return await createLockWait(lockTimeoutMilliseconds).run(() => openFile(file));
  } catch (cause) {
    throw cannotOpen(file, cause);
  }
}

interface StoreFile {
  /** As it was given. */
  readonly name: string;
  readonly path: string;
  readonly now: () => number;
}

function checkedFile(options: SqliteStoreOptions): StoreFile {
  refuseUnknown(options, ['path', 'now'], 'The SQLite store');
  const { path, now = createSteadyClock() } = options;
  if (path !== '' && !path.startsWith(':')) return { name: path, path: resolve(path), now };
  const advice = 'The SQLite store needs a file that processes can share; write memory: for none';
  throw invalidOption(`${advice}.`);
}

function describe({ name }: StoreFile): string {
  return `The SQLite session store (${name})`;
}

function cannotOpen(file: StoreFile, cause: unknown): LatchkeyError {
  const advice = 'is the folder writable, and does another program hold a lock on the file?';
  return storeUnavailable(`${describe(file)} cannot be opened: ${advice}`, cause);
}

function openFile(file: StoreFile): SessionStore {
  const database = openSqliteFile(file.path);
  try {
    // With 2 MB, the default, what 2,000 sessions need is read from the file again and again.
    database.exec(`pragma cache_size = -${cacheKilobytes}`);
    // Looked for first: a file that has them is opened also while another program writes.
    if (!hasTables(database)) {
      // Deferred, two processes that start together would both read first and one would fail to write.
      database.exec('begin immediate');
      makeTables(database);
      database.exec('commit');
    }
    // Apart: a reader of a write-ahead log meets a lock only where one program keeps the file to itself.
    const steps: RunSteps = {
      write: createLockWait(lockTimeoutMilliseconds).run,
      read: createLockWait(lockTimeoutMilliseconds).run,
    };
    return createSlotStore(createSqliteTable(database), {
      clock: file.now,
      describe: describe(file),
      run: steps,
    });
  } catch (error) {
    database.close();
    throw error;
  }
}
