import { storeUnavailable } from '../store-unavailable.ts';
import type { RedisScript } from './scripts.ts';
import type { RedisSender, Sending } from './send.ts';

/** Commands and scripts within the store's time-out; what goes wrong rejects with `store_unavailable`. */
export interface RedisCalls {
  /** A plain command about a key that may be done twice. */
  send(args: readonly [command: string, key: string, ...rest: string[]]): Promise<unknown>;
  /** A script that may be run twice; one that names a version then answers `outdated`, is merged and tried again. */
  repeat<T>(script: RedisScript, keys: readonly string[], args: readonly string[]): Promise<T>;
  /** A script that would take its own first try for somebody else's. */
  once<T>(script: RedisScript, keys: readonly string[], args: readonly string[]): Promise<T>;
  /** Several commands under one deadline. */
  together<T>(work: (sender: RedisSender, sending: Sending) => Promise<T>): Promise<T>;
}

/** `describe` names the store in messages. */
export function createRedisCalls(
  sender: RedisSender,
  timeoutMilliseconds: number,
  describe: string,
): RedisCalls {
  async function call<T>(
    isRepeatable: boolean,
    work: (sending: Sending) => Promise<T>,
  ): Promise<T> {
    try {
      return await work({ isRepeatable, deadline: performance.now() + timeoutMilliseconds });
    } catch (cause) {
      throw storeUnavailable(`${describe} is not available; the cause tells why.`, cause);
    }
  }
  return {
    send: (args) => call(true, (sending) => sender.send(args, args[1], sending)),
    repeat: <T>(...[script, keys, args]: Parameters<RedisCalls['repeat']>) =>
      call(true, (sending) => sender.run({ script, keys, args }, sending)) as Promise<T>,
    once: <T>(...[script, keys, args]: Parameters<RedisCalls['once']>) =>
      call(false, (sending) => sender.run({ script, keys, args }, sending)) as Promise<T>,
    together: (work) => call(true, (sending) => work(sender, sending)),
  };
}

/** Rounded up, so that no lifetime becomes nothing. */
export function milliseconds(seconds: number): string {
  return String(Math.ceil(seconds * 1000));
}

/** A list of texts, some of them missing, as clients give it back. */
export function textsIn(reply: unknown): readonly (string | null)[] {
  return Array.isArray(reply) ? (reply as (string | null)[]) : [];
}
