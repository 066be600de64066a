/** Tells whether what the clock says may have consequences that cannot be taken back. */
export interface ClockWatch {
  /** To be asked now and then: it sees a leap by what it saw before. */
  isSteady(): boolean;
}

export interface ClockWatchOptions {
  /** The clock of this process, milliseconds since 1970. */
  readonly now: () => number;
  /** The store's clock, as well as this process knows it. */
  readonly storeNow: () => number;
  /** Milliseconds of a clock that nobody sets. */
  readonly monotonic: () => number;
}

/** By how much a clock may leap between two looks, and the two clocks differ. */
const toleratedMilliseconds = 30_000;
/** How long a clock that leapt must go on without another leap. */
const quietMilliseconds = 60_000;

/**
 * A clock that leapt less than a minute ago is not steady, nor is one that disagrees with the store's by more than half a
 * minute: what it calls too old may be young, and an ending is for good.
 */
export function createClockWatch({ now, storeNow, monotonic }: ClockWatchOptions): ClockWatch {
  const offsets = (): readonly number[] => [now() - monotonic(), storeNow() - monotonic()];
  let seen = offsets();
  let leaptAt = Number.NEGATIVE_INFINITY;
  return {
    isSteady() {
      const found = offsets();
      const hasLeapt = found.some((offset, index) => isFar(offset, seen[index] ?? offset));
      if (hasLeapt) leaptAt = monotonic();
      seen = found;
      const [own = 0, ofStore = 0] = found;
      return monotonic() - leaptAt >= quietMilliseconds && !isFar(own, ofStore);
    },
  };
}

function isFar(one: number, other: number): boolean {
  return Math.abs(one - other) > toleratedMilliseconds;
}
