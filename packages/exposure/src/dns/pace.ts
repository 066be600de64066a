/** Lets callers pass at a bounded rate. */
export interface Pace {
  /** Resolves when it is the caller's turn. */
  turn(): Promise<void>;
}

export interface PaceOptions {
  /** Turns in a second, evenly spread. */
  readonly perSecond: number;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** Turns that come this much too early are let through: timers are no finer, and a burst so short hurts nobody. */
const earlyMilliseconds = 20;

/** Spreads turns evenly; time that nobody used is not saved up. */
export function createPace({ perSecond, now, sleep }: PaceOptions): Pace {
  const intervalMilliseconds = 1_000 / perSecond;
  let next = 0;
  return {
    async turn() {
      const at = Math.max(next, now());
      next = at + intervalMilliseconds;
      const waitMilliseconds = at - now();
      if (waitMilliseconds > earlyMilliseconds) await sleep(waitMilliseconds);
    },
  };
}
