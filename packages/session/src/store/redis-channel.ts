import type { Reading, Slot, StoreKey } from '../session-store.ts';
import type { TrackedChannel } from './leased-reads.ts';
import { createRedisLink, type RedisClientLike, type RedisConnection } from './redis-link.ts';
import { answer } from './redis-send.ts';

/** A connection that hears which of the keys it read have changed. */
export interface TrackedConnection extends RedisConnection {
  on(event: 'error', listener: (error: unknown) => void): unknown;
  on(event: 'invalidate', listener: (key: unknown) => void): unknown;
}

export interface RedisChannelOptions {
  /** Makes a client, not connected yet, that turns CLIENT TRACKING on as it connects (RESP3: pushes in order with replies). */
  readonly createConnection: () => TrackedConnection;
  /** Before every key. */
  readonly prefix: string;
  readonly timeoutMs: number;
  /** Reads session and sign-in over the connection given, and the last use over another: that one nobody caches. */
  readonly readOver: (
    send: (args: readonly string[]) => Promise<unknown>,
    key: StoreKey,
  ) => Promise<Reading | null>;
}

/** Redis' side of a leased store: one connection of its own for the reads that are remembered and for their pushes. */
export function createRedisChannel(options: RedisChannelOptions): TrackedChannel {
  const { createConnection, prefix, timeoutMs, readOver } = options;
  const listeners: ((slot: Slot | null) => void)[] = [];
  const tell = (slot: Slot | null): void => {
    for (const listener of listeners) listener(slot);
  };

  const link = createRedisLink({
    createConnection() {
      const connection = createConnection();
      connection.on('invalidate', (key) => tell(slotIn(key, prefix)));
      return connection;
    },
    timeoutMs,
    onConnected: () => tell(null),
  });
  const sendOver =
    (connection: object) =>
    (args: readonly string[]): Promise<unknown> =>
      answer(link, connection as RedisClientLike, args, timeoutMs);

  return {
    current: () => link.current(),
    read: (connection, key) => readOver(sendOver(connection), key),
    async beat(connection) {
      await sendOver(connection)(['PING']);
    },
    onChange(listener) {
      listeners.push(listener);
    },
    close: () => link.close(),
  };
}

/** The slot of a key that changed, or null for keys that tell none: after FLUSHALL there is no key at all. */
function slotIn(key: unknown, prefix: string): Slot | null {
  const text = key === null ? '' : String(key);
  const brace = prefix.length;
  if (!text.startsWith(prefix) || text[brace] !== '{' || text[brace + 17] !== '}') return null;
  return text.slice(brace + 1, brace + 17) as Slot;
}
