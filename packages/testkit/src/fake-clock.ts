/** A clock that stands still until it is told to go on. */
export interface FakeClock {
  /** Milliseconds since 1970. Needs no `this`, so it can be passed as it is. */
  readonly now: () => number;
  /** Lets so many milliseconds pass. */
  readonly advance: (milliseconds: number) => void;
}

/** A clock for tests. `start` in milliseconds since 1970; default 2026-01-01T00:00:00Z. */
export function createFakeClock(start: number = Date.UTC(2026, 0, 1)): FakeClock {
  let current = start;
  return {
    now: () => current,
    advance: (milliseconds) => {
      current += milliseconds;
    },
  };
}
