import { LatchkeyError } from '../../errors.ts';
import type { RedisPeer } from './link.ts';

/** A client or a pool of `@redis/client` for one server. */
export interface NodeRedisClient {
  sendCommand(args: string[]): Promise<unknown>;
}

/** A Sentinel client of `@redis/client`. */
export interface NodeRedisSentinel {
  sendCommand(isReadonly: boolean | undefined, args: string[]): Promise<unknown>;
  acquire(): Promise<unknown>;
}

/** A Cluster client of `@redis/client`. */
export interface NodeRedisCluster {
  sendCommand(
    firstKey: string | undefined,
    isReadonly: boolean | undefined,
    args: string[],
  ): Promise<unknown>;
  getSlotRandomNode(slot: number): unknown;
}

/** A client of `ioredis`: of one server, by Sentinel, or of a Cluster. */
export interface IoredisClient {
  call(command: string, ...args: string[]): Promise<unknown>;
  readonly isCluster: boolean;
}

/** A connected client that the store can send its commands by. */
export type RedisClient = NodeRedisClient | NodeRedisSentinel | NodeRedisCluster | IoredisClient;

/**
 * The peer behind a client. Every command goes to a primary: a replica may not have heard of an ending yet. Throws
 * `option_invalid` for what is no client, and for a Cluster client of ioredis that reads from replicas.
 */
export function peerOf(client: RedisClient): RedisPeer {
  if (isIoredis(client)) return ofIoredis(client);
  if (!('sendCommand' in client) || typeof client.sendCommand !== 'function') {
    throw new LatchkeyError(
      'option_invalid',
      'client must be a connected client of @redis/client or ioredis.',
    );
  }
  if (isCluster(client)) {
    return { send: (args, key) => client.sendCommand(key, false, [...args]) };
  }
  if (isSentinel(client)) return { send: (args) => client.sendCommand(false, [...args]) };
  return { send: (args) => (client as NodeRedisClient).sendCommand([...args]) };
}

function isIoredis(client: RedisClient): client is IoredisClient {
  return 'isCluster' in client && 'call' in client && typeof client.call === 'function';
}

function isCluster(client: RedisClient): client is NodeRedisCluster {
  return 'getSlotRandomNode' in client && typeof client.getSlotRandomNode === 'function';
}

function isSentinel(client: RedisClient): client is NodeRedisSentinel {
  return 'acquire' in client && typeof client.acquire === 'function';
}

function ofIoredis(client: IoredisClient): RedisPeer {
  const { options } = client as { options?: { readonly scaleReads?: unknown } };
  if (client.isCluster && (options?.scaleReads ?? 'master') !== 'master') {
    throw new LatchkeyError(
      'option_invalid',
      "The Cluster client of ioredis must have scaleReads: 'master': a replica may not know yet of what ended.",
    );
  }
  // It finds the keys in the command itself.
  return { send: ([command = '', ...args]) => client.call(command, ...args) };
}
