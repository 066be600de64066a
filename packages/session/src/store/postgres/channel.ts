import { oneAtATime } from '../../one-at-a-time.ts';
import type { Reading, Slot, StoreKey } from '../../session-store.ts';
import { keepTrying } from '../keep-trying.ts';
import type { TrackedChannel } from '../lease/tracked-channel.ts';
import { withTimeout } from '../with-timeout.ts';
import type { ListeningConnection } from './connection.ts';
import type { PostgresTables } from './tables.ts';
import { channelOf, countTriggers, triggersInForce } from './triggers.ts';

export interface PostgresChannelOptions {
  /** Makes a connection that is not connected yet. */
  readonly createConnection: () => ListeningConnection;
  readonly tables: Pick<PostgresTables, 'sessions' | 'slots'>;
  /** Reads over whatever connection is free. */
  readonly read: (key: StoreKey) => PromiseLike<Reading | null> | Reading | null;
  readonly timeoutMilliseconds: number;
}

/**
 * The Postgres side of a leased store: a connection that listens. It hears of a change before it answers whatever is asked
 * after the change was confirmed: the server signals every listener before it confirms, and hands on what came before it
 * says that it is ready for the next query. So reads may take any connection, as long as a heartbeat goes over this one.
 *
 * Behind a pooler (PgBouncer) other connections answer than the one that listens. A pooler names a process that does not
 * serve the connection; then there is no channel, and every check asks the server.
 */
export function createPostgresChannel(options: PostgresChannelOptions): TrackedChannel {
  const { createConnection, tables, read, timeoutMilliseconds } = options;
  const listeners: ((slot: Slot | null) => void)[] = [];
  const closing = new AbortController();
  let current: Listening | null = null;
  const tell = (slot: Slot | null): void => {
    for (const listener of listeners) listener(slot);
  };

  /** False when it is to be tried again. */
  async function connect(): Promise<boolean> {
    const connection = createConnection();
    const lost = (): void => abandon(connection);
    connection.on('error', lost);
    connection.on('end', lost);
    connection.on('notification', ({ payload }) => tell(slotIn(payload)));
    const found = await withTimeout(listen(connection, tables), timeoutMilliseconds, true).catch(
      () => null,
    );
    if (found !== null && found !== 'pooled' && !closing.signal.aborted) {
      adopt(found);
      return true;
    }
    drop(connection);
    return found === 'pooled';
  }

  function adopt(listening: Listening): void {
    current = listening;
    tell(null);
  }

  function abandon(connection: ListeningConnection): void {
    if (current?.connection !== connection) return;
    current = null;
    drop(connection);
    if (!closing.signal.aborted) void keepTrying(connect, closing.signal);
  }

  /** False when it did not come in time, and then this connection is not used any more. */
  async function heartbeat(listening: Listening): Promise<boolean> {
    const isAlive = await withTimeout(listening.heartbeat(), timeoutMilliseconds / 4).catch(
      () => false,
    );
    if (!isAlive) abandon(listening.connection);
    return isAlive;
  }

  void keepTrying(connect, closing.signal);
  return {
    current: () => current,
    async read(connection, key) {
      const [reading] = await Promise.all([read(key), heartbeat(connection as Listening)]);
      return reading;
    },
    async heartbeat(connection) {
      if (!(await heartbeat(connection as Listening))) throw new Error('No answer in time.');
    },
    onChange(listener) {
      listeners.push(listener);
    },
    async close() {
      closing.abort();
      const last = current;
      current = null;
      if (last !== null) drop(last.connection);
    },
  };
}

/** A connection that listens. */
interface Listening {
  readonly connection: ListeningConnection;
  /** False when it is not the connection that it was, or nobody would tell of changes to the tables there are now. */
  heartbeat(): Promise<boolean>;
}

/** Null when there is nothing to listen to yet, `pooled` when there never will be. */
async function listen(
  connection: ListeningConnection,
  tables: Pick<PostgresTables, 'sessions' | 'slots'>,
): Promise<Listening | 'pooled' | null> {
  const ask = async (text: string, name?: string): Promise<unknown[]> => {
    const query = { text, rowMode: 'array' as const, ...(name === undefined ? {} : { name }) };
    return (await connection.query(query)).rows[0] ?? [];
  };
  await connection.connect();
  // Beats keep the process alive by their own timers; a connection that listens does not.
  connection.unref();
  const [process, isStandby] = await ask('select pg_backend_pid(), pg_is_in_recovery()');
  if (process !== connection.processID) return 'pooled';
  if (isStandby === true) return null;
  const numbers = `to_regclass('${tables.sessions}')::oid::text, to_regclass('${tables.slots}')::oid::text`;
  const state = `select ${numbers}, pg_backend_pid(), (${countTriggers(tables)})`;
  const [sessions, slots] = await ask(state);
  if (typeof sessions !== 'string' || typeof slots !== 'string') return null;
  for (const table of [sessions, slots]) await ask(`listen ${channelOf(table)}`);
  const expected = JSON.stringify([sessions, slots, process, triggersInForce]);
  const sendHeartbeat = async (): Promise<boolean> =>
    JSON.stringify(await ask(state, 'latchkey_beat')) === expected;
  if (!(await sendHeartbeat())) return null;
  // Shared by those who wait: what is asked already may be older than their lease.
  return { connection, heartbeat: oneAtATime(sendHeartbeat).run };
}

/** The slot of a change, or null: anything may have changed. */
function slotIn(payload: string | undefined): Slot | null {
  return payload === undefined || payload === '' ? null : (payload as Slot);
}

/** A server that stands still does not say goodbye: not waited for. */
function drop(connection: ListeningConnection): void {
  connection.end().catch(() => undefined);
}
