/** Nothing came in time. */
export class NoAnswerError extends Error {}

/**
 * What `work` resolves or rejects with; rejects with {@link NoAnswerError} after so many milliseconds, and lets the work go on. Waiting keeps the process
 * alive, which the sockets of a store do not, unless `isIdle`: nobody waits for this work.
 */
export function withTimeout<T>(
  work: PromiseLike<T>,
  milliseconds: number,
  isIdle = false,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(new NoAnswerError(`No answer within ${milliseconds} ms.`));
    // After this process itself stood still, timers come before sockets: look at what has arrived, then judge.
    const timer = setTimeout(() => setImmediate(giveUp), milliseconds);
    if (isIdle) timer.unref();
    work.then(
      (result) => {
        clearTimeout(timer);
        resolve(result);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
