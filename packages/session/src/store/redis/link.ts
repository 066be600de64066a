import { LatchkeyError } from '../../errors.ts';
import { keepTrying } from '../keep-trying.ts';
import { withTimeout } from '../with-timeout.ts';

/** Who answers the store's commands: one server, or the servers of a Cluster. Text comes back as strings. */
export interface RedisPeer {
  /** Sends a command to the primary that has the hash slot of `key`. */
  send(args: readonly string[], key: string): Promise<unknown>;
}

/** One connection: it does not connect again by itself. */
export interface RedisConnection extends RedisPeer {
  connect(): Promise<unknown>;
  /** Drops the connection; what was under way rejects. May be called again. */
  destroy(): void;
  on(event: 'error', listener: (error: unknown) => void): unknown;
}

/** Gives the connection to use now, and makes a new one when it is lost. */
export interface RedisLink {
  /** The connection, or null while there is none. */
  current(): RedisPeer | null;
  /**
   * Resolves with a connection within `waitMilliseconds`. Rejects with the reason for which there is none: after that time, at
   * once when the server has been out of reach for longer than the time-out, or when too many wait already.
   */
  wait(waitMilliseconds: number): Promise<RedisPeer>;
  /** Says that this connection is of no use: it is dropped and another made. */
  abandon(peer: RedisPeer, reason: unknown): void;
  /** How long things have been as they are: connected, or not. */
  ageMilliseconds(): number;
  /** How often a connection was made. */
  connections(): number;
  close(): Promise<void>;
}

export interface RedisLinkOptions {
  /** Makes a client that is not connected yet. Must give up on a connection before `timeoutMilliseconds`. */
  readonly createConnection: () => RedisConnection;
  readonly timeoutMilliseconds: number;
  readonly onConnected: () => void;
}

const maxWaiting = 10_000;

interface Waiting {
  readonly resolve: (peer: RedisPeer) => void;
  readonly reject: (reason: unknown) => void;
}

/** A link that belongs to the store: one connection at a time, made again for ever until `close`. */
export function createRedisLink(options: RedisLinkOptions): RedisLink {
  const { createConnection, timeoutMilliseconds, onConnected } = options;
  const waitingRoom = createWaitingRoom();
  const closing = new AbortController();
  let connection: RedisConnection | null = null;
  let changedAt = performance.now();
  let connections = 0;
  let reason: unknown = new Error('Not connected yet.');
  void keepTrying(connect, closing.signal);

  /** False when it is to be tried again. */
  async function connect(): Promise<boolean> {
    const candidate = createConnection();
    candidate.on('error', (error) => abandon(candidate, error));
    try {
      await withTimeout(candidate.connect(), timeoutMilliseconds, true);
      if (!closing.signal.aborted) {
        adopt(candidate);
        return true;
      }
    } catch (error) {
      reason = error;
    }
    candidate.destroy();
    return false;
  }

  function adopt(candidate: RedisConnection): void {
    connection = candidate;
    changedAt = performance.now();
    connections += 1;
    waitingRoom.admit(candidate);
    onConnected();
  }

  function abandon(peer: RedisPeer, why: unknown): void {
    if (connection === null || connection !== peer) return;
    const lost = connection;
    connection = null;
    changedAt = performance.now();
    reason = why;
    lost.destroy();
    if (!closing.signal.aborted) void keepTrying(connect, closing.signal);
  }

  function wait(waitMilliseconds: number): Promise<RedisPeer> {
    if (connection !== null) return Promise.resolve(connection);
    const isLongGone = performance.now() - changedAt > timeoutMilliseconds;
    if (closing.signal.aborted || isLongGone) return Promise.reject(reason);
    return waitingRoom.enter(waitMilliseconds, () => reason);
  }

  return {
    current: () => connection,
    wait,
    abandon,
    ageMilliseconds: () => performance.now() - changedAt,
    connections: () => connections,
    async close() {
      closing.abort();
      reason = new Error('The store was closed.');
      connection?.destroy();
      connection = null;
      waitingRoom.sendAway(reason);
    },
  };
}

/** Calls that wait for a connection. There is an end to how many, for each holds a request. */
function createWaitingRoom() {
  const waiting = new Set<Waiting>();

  function enter(waitMilliseconds: number, reason: () => unknown): Promise<RedisPeer> {
    if (waiting.size >= maxWaiting) return Promise.reject(reason());
    return new Promise((resolve, reject) => {
      const entry: Waiting = {
        resolve(peer) {
          clearTimeout(timer);
          resolve(peer);
        },
        reject(error) {
          clearTimeout(timer);
          reject(error);
        },
      };
      const timer = setTimeout(() => {
        waiting.delete(entry);
        reject(reason());
      }, waitMilliseconds);
      waiting.add(entry);
    });
  }

  return {
    enter,
    admit(peer: RedisPeer) {
      for (const { resolve } of waiting) resolve(peer);
      waiting.clear();
    },
    sendAway(reason: unknown) {
      for (const { reject } of waiting) reject(reason);
      waiting.clear();
    },
  };
}

/** The link of a client that the caller made, connects and closes: it is used as it is. */
export function createBorrowedLink(client: RedisPeer): RedisLink {
  const peer: RedisPeer = { send: async (args, key) => asText(await client.send(args, key)) };
  let isOpen = true;
  return {
    current: () => (isOpen ? peer : null),
    wait: () =>
      isOpen ? Promise.resolve(peer) : Promise.reject(new Error('The store was closed.')),
    abandon: () => undefined,
    ageMilliseconds: () => 0,
    connections: () => 0,
    async close() {
      isOpen = false;
    },
  };
}

/** Records are text: a client that was told to answer in bytes would have every session look like none. */
function asText(reply: unknown): unknown {
  const part: unknown = Array.isArray(reply) ? reply.find((one) => one !== null) : reply;
  if (!(part instanceof Uint8Array)) return reply;
  throw new LatchkeyError(
    'option_invalid',
    'The client of the Redis store answers in bytes (Buffer). Give it one that answers in text: of @redis/client one without withTypeMapping() or commandOptions.typeMapping, of ioredis one that is not told to return buffers.',
  );
}
