/** Work that is done one run at a time. */
export interface OneAtATime<T> {
  /** Whoever asks during a run shares the next: the one under way may have begun too early to know why. */
  run(): Promise<T>;
  /** Resolves when nothing is under way. Never rejects. */
  settled(): Promise<void>;
}

/** Any number of wishes during a run are answered by one more. */
export function oneAtATime<T>(work: () => Promise<T>): OneAtATime<T> {
  let last: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | null = null;
  return {
    run() {
      next ??= last.then(() => {
        next = null;
        const run = work();
        last = run.catch(() => undefined);
        return run;
      });
      return next;
    },
    async settled() {
      await (next ?? last).catch(() => undefined);
    },
  };
}
