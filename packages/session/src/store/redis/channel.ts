import type { Reading, Slot, StoreKey } from '../../session-store.ts';
import type { TrackedChannel } from '../lease/tracked-channel.ts';
import { slotInKey } from './keys.ts';
import { createRedisLink, type RedisConnection, type RedisPeer } from './link.ts';
import { answer } from './send.ts';

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
  readonly timeoutMilliseconds: number;
  /** Reads over the connection given. */
  readonly readOver: (
    send: (args: readonly [command: string, key: string, ...rest: string[]]) => Promise<unknown>,
    key: StoreKey,
  ) => Promise<Reading | null>;
}

/** Redis' side of a leased store: one connection of its own for the reads that are remembered and for their pushes. */
export function createRedisChannel(options: RedisChannelOptions): TrackedChannel {
  const { createConnection, prefix, timeoutMilliseconds, readOver } = options;
  const listeners: ((slot: Slot | null) => void)[] = [];
  const tell = (slot: Slot | null): void => {
    for (const listener of listeners) listener(slot);
  };

  const link = createRedisLink({
    createConnection() {
      const connection = createConnection();
      connection.on('invalidate', (key) => tell(slotInKey(key, prefix)));
      return connection;
    },
    timeoutMilliseconds,
    onConnected: () => tell(null),
  });
  const sendOver =
    (connection: object) =>
    (args: readonly [command: string, key?: string, ...rest: string[]]): Promise<unknown> =>
      answer({
        link,
        args: args as readonly string[],
        key: args[1] ?? '',
        waitMilliseconds: timeoutMilliseconds,
        peer: connection as RedisPeer,
      });

  return {
    notesMisses: true,
    current: () => link.current(),
    read: (connection, key) => readOver(sendOver(connection), key),
    async heartbeat(connection) {
      await sendOver(connection)(['PING']);
    },
    onChange(listener) {
      listeners.push(listener);
    },
    close: () => link.close(),
  };
}
