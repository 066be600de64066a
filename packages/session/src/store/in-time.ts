/** What `work` resolves or rejects with; rejects after `ms` milliseconds, and lets the work go on. */
export function inTime<T>(work: PromiseLike<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(new Error(`No answer within ${ms} ms.`));
    // After this process itself stood still, timers come before sockets: look at what has arrived, then judge.
    const timer = setTimeout(() => setImmediate(giveUp), ms);
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
