import { resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { LatchkeyError } from '../../errors.ts';
import type { SessionStore } from '../../session-store.ts';
import { createSlotStore } from '../slot-store.ts';
import { storeUnavailable } from '../store-unavailable.ts';
import { openSqliteFile } from './file.ts';
import { createSqliteTable } from './slot-table.ts';
import { makeTables } from './tables.ts';

const busyTimeoutMs = 2000;
/** Pages kept by each process at most: some 30,000 sessions. */
const cacheKilobytes = 32_768;

export { openSqliteFile } from './file.ts';

export interface SqliteStoreOptions {
  /** The file, absolute or from the working directory. It and its parent folders are made when missing. */
  readonly path: string;
  /** Milliseconds since 1970, the same clock for all processes on the file. Default `Date.now`. */
  readonly now?: () => number;
}

/**
 * Sessions in an SQLite file that the processes of one machine share; not for network file systems. `read` is one
 * prepared statement and answers synchronously. A write may stand still, and this process with it, while another process
 * writes: two seconds at most, then it rejects. A crash of a process loses nothing, a power cut may lose the last
 * moments. Throws `store_unavailable` when the file cannot be opened, `option_invalid` for an empty path or `:memory:`.
 */
export function createSqliteStore(options: SqliteStoreOptions): SessionStore {
  const { path, now = Date.now } = options;
  if (path === '' || path.startsWith(':')) {
    const advice = 'The SQLite store needs a file that processes can share; write memory: for none';
    throw new LatchkeyError('option_invalid', `${advice}.`);
  }
  const describe = `The SQLite session store (${path})`;
  try {
    return createSlotStore(createSqliteTable(openDatabase(resolve(path))), now, describe);
  } catch (cause) {
    const advice = 'is the folder writable, and does another program hold a lock on the file?';
    throw storeUnavailable(`${describe} cannot be opened: ${advice}`, cause);
  }
}

function openDatabase(path: string): DatabaseSync {
  const database = openSqliteFile(path, { timeout: busyTimeoutMs });
  try {
    // With 2 MB, the default, what 2,000 sessions need is read from the file again and again.
    database.exec(`pragma cache_size = -${cacheKilobytes}`);
    // Deferred, two processes that start together would both read first and one would fail to write.
    database.exec('begin immediate');
    makeTables(database);
    database.exec('commit');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
