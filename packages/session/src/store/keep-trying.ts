const firstRetryMs = 20;
const slowestRetryMs = 500;

/** Tries until an attempt says that it is done, with pauses that grow from 20 to 500 ms, or until the signal fires. */
export async function keepTrying(
  attempt: () => Promise<boolean>,
  signal: AbortSignal,
): Promise<void> {
  for (let retryMs = firstRetryMs; !signal.aborted; retryMs *= 2) {
    if (await attempt()) return;
    await pause(Math.min(retryMs, slowestRetryMs), signal);
  }
}

/** Resolves after `ms`, or as soon as the signal fires. Does not keep the process alive. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms).unref();
    signal.addEventListener('abort', done);
  });
}
