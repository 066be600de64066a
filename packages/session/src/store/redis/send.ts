import { setTimeout as sleep } from 'node:timers/promises';
import { NoAnswerError, withTimeout } from '../with-timeout.ts';
import type { RedisLink, RedisPeer } from './link.ts';
import type { RedisScript } from './scripts.ts';

/** How a call to Redis may be carried out. */
export interface Sending {
  /** True when doing it twice is as good as once: then it is tried again after a lost connection. */
  readonly isRepeatable: boolean;
  /** By `performance.now()`. */
  readonly deadline: number;
}

export interface RedisSender {
  /** Sends a command to the server that has `key`. */
  send(args: readonly string[], key: string, sending: Sending): Promise<unknown>;
  /** Runs a script by its name on the server that has its keys; sends its text only to one that does not know it. */
  run(call: ScriptCall, sending: Sending): Promise<unknown>;
}

/** A script with what it is run on. */
export interface ScriptCall {
  readonly script: RedisScript;
  readonly keys: readonly string[];
  readonly args: readonly string[];
}

/** Replies that say that nothing was done and that it may work in a moment. */
const notDoneYet = new Set([
  'LOADING',
  'READONLY',
  'MASTERDOWN',
  'CLUSTERDOWN',
  'TRYAGAIN',
  'BUSY',
  'NOREPLICAS',
]);
const firstPauseMilliseconds = 25;
/** A connection younger than this is not dropped for READONLY: whoever is there has just been asked for. */
const settledMilliseconds = 1000;

/**
 * Sends commands over a link: each ends by its deadline, waits for a connection that is being made, and survives what
 * is shorter than the deadline. Rejects with what went wrong last.
 */
export function createRedisSender(link: RedisLink): RedisSender {
  async function send(args: readonly string[], key: string, sending: Sending): Promise<unknown> {
    for (let pauseMilliseconds = firstPauseMilliseconds; ; pauseMilliseconds *= 2) {
      const peer = link.current() ?? (await link.wait(remaining(sending)));
      try {
        return await answer({ link, peer, args, key, waitMilliseconds: remaining(sending) });
      } catch (error) {
        if (error instanceof NoAnswerError) throw error;
        const code = replyCode(error);
        // A primary that was made a replica stays one: ask for the address again instead of staying with it for ever.
        if (code === 'READONLY' && link.ageMilliseconds() > settledMilliseconds)
          link.abandon(peer, error);
        const mayTryAgain = code === null ? sending.isRepeatable : notDoneYet.has(code);
        if (!mayTryAgain || remaining(sending) <= pauseMilliseconds) throw error;
      }
      await sleep(pauseMilliseconds);
    }
  }

  return {
    send,
    async run({ script, keys, args }, sending) {
      const rest = [String(keys.length), ...keys, ...args];
      const [key = ''] = keys;
      try {
        return await send(['EVALSHA', script.sha1, ...rest], key, sending);
      } catch (error) {
        if (replyCode(error) !== 'NOSCRIPT') throw error;
        return await send(['EVAL', script.lua, ...rest], key, sending);
      }
    },
  };
}

function remaining({ deadline }: Sending): number {
  return Math.max(1, Math.ceil(deadline - performance.now()));
}

/** A command on its way over a link. */
export interface Question {
  readonly link: RedisLink;
  /** The link's, perhaps of a moment ago. */
  readonly peer: RedisPeer;
  readonly args: readonly string[];
  readonly key: string;
  readonly waitMilliseconds: number;
}

/** The reply, or a rejection after `waitMilliseconds`; then the connection is dropped, for what follows would wait too. */
export async function answer({
  link,
  peer,
  args,
  key,
  waitMilliseconds,
}: Question): Promise<unknown> {
  try {
    return await withTimeout(peer.send(args, key), waitMilliseconds);
  } catch (error) {
    if (error instanceof NoAnswerError) link.abandon(peer, error);
    throw error;
  }
}

/** The code at the start of an error reply of the server, or null for an error of the connection. */
function replyCode(error: unknown): string | null {
  const message = error instanceof Error ? error.message : '';
  return /^([A-Z]{3,}) /.exec(message)?.[1] ?? null;
}
