import { LatchkeyError } from '../../errors.ts';
import type { TrackedConnection } from './channel.ts';

/**
 * Makes a client, not connected yet, that gives up connecting well before `timeoutMilliseconds`. `isTracked`: it hears of changes
 * of the keys that it read.
 */
export type ConnectRedis = (
  url: string,
  timeoutMilliseconds: number,
  isTracked?: boolean,
) => TrackedConnection;

/**
 * Loads `@redis/client`, which is installed only where it is used. Rejects with `store_client_missing` when it is not
 * there. `load` stands in for the import in tests.
 */
export async function loadRedisClient(
  load: () => Promise<typeof import('@redis/client')> = () => import('@redis/client'),
): Promise<ConnectRedis> {
  const { createClient } = await load().catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException | null)?.code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    const message = 'The Redis store needs the package @redis/client: npm install @redis/client';
    throw new LatchkeyError('store_client_missing', message, { cause });
  });
  return (url, timeoutMilliseconds, isTracked = false) => {
    const client = createClient({
      url,
      RESP: 3,
      emitInvalidate: isTracked,
      // What CLIENT LIST shows to whoever looks after the server.
      name: 'latchkey',
      // Waiting, time-outs and new connections are ours (link.ts, send.ts): node-redis would queue
      // without limit, sets up an abort signal per command, and stays with a demoted primary for ever.
      disableOfflineQueue: true,
      commandOptions: { timeout: 0 },
      maintNotifications: 'disabled',
      socket: { reconnectStrategy: false, connectTimeout: Math.ceil(timeoutMilliseconds / 2) },
    });
    // Calls under way keep the process alive by their own timers; a connection that waits for calls does not.
    client.unref();
    return {
      send: (args) => client.sendCommand(args),
      connect: () => client.connect(),
      destroy: () => client.destroy(),
      on: (event: 'error' | 'invalidate', listener: (what: unknown) => void) =>
        client.on(event, listener),
    };
  };
}
