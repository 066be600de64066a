import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';

/** Matches what a store rejects with when its server or file is away. */
export const isUnavailable: object = expect.objectContaining({
  code: 'store_unavailable',
  cause: expect.any(Error),
});

/** Calls until it works. The time-out of the test is the only limit. */
export async function whenWorking<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      expect(error).toEqual(isUnavailable);
      await sleep(20);
    }
  }
}
