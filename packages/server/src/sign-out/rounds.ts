/** Work that is done again and again. */
export interface Rounds {
  /** Begins with a round immediately; the next follows an interval after the one before ended. */
  start(): void;
  /** No further round. Waits up to a second for one under way; what it says after that is nobody's any more. */
  stop(): Promise<void>;
  isStopped(): boolean;
}

/** A store that is down would hold up the end of the process for as long as its time-out. */
const stopMilliseconds = 1000;

/** `run` must not reject. The timer holds no process open. */
export function createRounds(run: () => Promise<unknown>, intervalMilliseconds: number): Rounds {
  let isRunning = false;
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<unknown> = Promise.resolve();

  function next(): void {
    round = run().then(() => {
      if (!isRunning) return;
      timer = setTimeout(next, intervalMilliseconds);
      timer.unref();
    });
  }

  return {
    isStopped: () => isStopped,
    start() {
      if (isRunning) return;
      isRunning = true;
      next();
    },
    async stop() {
      isRunning = false;
      clearTimeout(timer);
      const deadline = Promise.withResolvers<void>();
      const waited = setTimeout(deadline.resolve, stopMilliseconds);
      await Promise.race([round, deadline.promise]);
      clearTimeout(waited);
      isStopped = true;
    },
  };
}
