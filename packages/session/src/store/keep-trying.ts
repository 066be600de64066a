const firstRetryMilliseconds = 20;
const slowestRetryMilliseconds = 500;

/** Tries until an attempt says that it is done, with pauses that grow from 20 to 500 ms, or until the signal fires. */
export async function keepTrying(
  attempt: () => Promise<boolean>,
  signal: AbortSignal,
): Promise<void> {
  for (let retryMilliseconds = firstRetryMilliseconds; !signal.aborted; retryMilliseconds *= 2) {
    if (await attempt()) return;
    await pause(Math.min(retryMilliseconds, slowestRetryMilliseconds), signal);
  }
}

/** Resolves after `milliseconds`, or as soon as the signal fires. Does not keep the process alive. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds).unref();
    signal.addEventListener('abort', done);
  });
}
