import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { MaybePromise } from '../../platform.ts';
import { isBusy } from './failure.ts';

/** Runs steps on an SQLite file whose lock another program may hold, without standing still meanwhile. */
export interface LockWait {
  /**
   * What the step gives: now, where the lock is free and nobody waits, else once it is free, in the order of the calls. Until then other
   * work of this process goes on. Throws or rejects with SQLite's own error when the lock was not free for the time-out;
   * while it is held longer than that, each call fails after one look. A step that meets the lock must have done nothing.
   */
  run<T>(step: () => T): MaybePromise<T>;
}

const firstPauseMilliseconds = 1;
const longestPauseMilliseconds = 25;
/** Each may hold a request, so there is an end to how many wait. */
const maxWaiting = 10_000;

interface Waiting {
  readonly since: number;
  /** False: the lock is held, try again. */
  attempt(): boolean;
  reject(error: unknown): void;
}

/** `timeoutMilliseconds`: how long a call waits for the lock at most. The connection itself must not wait (`timeout: 0`). */
export function createLockWait(timeoutMilliseconds: number): LockWait {
  let queue: Waiting[] = [];
  let lockedSince: number | null = null;
  let lastError: unknown = null;

  /** Notes what an error says of the lock. True: it is held. */
  function meetsLock(error: unknown): boolean {
    if (!isBusy(error)) return false;
    lockedSince ??= performance.now();
    lastError = error;
    return true;
  }

  function isHeldTooLong(): boolean {
    return lockedSince !== null && performance.now() - lockedSince >= timeoutMilliseconds;
  }

  function enter<T>(step: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const attempt = (): boolean => {
        try {
          resolve(step());
          lockedSince = null;
          return true;
        } catch (error) {
          if (meetsLock(error)) return false;
          reject(error);
          return true;
        }
      };
      queue.push({ since: performance.now(), attempt, reject });
      if (queue.length === 1) void serve();
    });
  }

  /** Serves the queue to its end: one step for each turn of the event loop, however many wait. */
  async function serve(): Promise<void> {
    let pauseMilliseconds = firstPauseMilliseconds;
    while (queue.length > 0) {
      if (pauseMilliseconds === 0) await nextTurn();
      else await sleep(pauseMilliseconds);
      if (queue[0]?.attempt()) {
        queue.shift();
        pauseMilliseconds = 0;
      } else {
        sendLateAway();
        pauseMilliseconds = longerPause(pauseMilliseconds);
      }
    }
  }

  function sendLateAway(): void {
    const oldest = isHeldTooLong()
      ? Number.POSITIVE_INFINITY
      : performance.now() - timeoutMilliseconds;
    for (const { since, reject } of queue) if (since <= oldest) reject(lastError);
    queue = queue.filter(({ since }) => since > oldest);
  }

  return {
    run(step) {
      if (queue.length >= maxWaiting) throw lastError;
      if (queue.length > 0) return enter(step);
      try {
        const result = step();
        lockedSince = null;
        return result;
      } catch (error) {
        if (!meetsLock(error) || isHeldTooLong()) throw error;
        return enter(step);
      }
    },
  };
}

function longerPause(milliseconds: number): number {
  return Math.min(Math.max(firstPauseMilliseconds, 2 * milliseconds), longestPauseMilliseconds);
}
