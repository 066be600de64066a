const longestMilliseconds = 600_000;

/**
 * How long to wait after a try that failed: `firstMilliseconds` after the first, then twice as long each time up to ten minutes,
 * with up to a quarter of jitter to either side; `atLeast`, as the other side asks, but never more than ten minutes.
 * `attempts` counts from 1; `random` gives 0 <= x < 1.
 */
export function growingDelay(
  attempts: number,
  firstMilliseconds: number,
  { random, atLeast = 0 }: { readonly random: () => number; readonly atLeast?: number | undefined },
): number {
  // 2 ** 11 times half a second is beyond the longest delay already; more would only overflow.
  const doubled = firstMilliseconds * 2 ** Math.min(attempts - 1, 11);
  const jittered = doubled * (0.75 + random() / 2);
  return Math.round(Math.min(Math.max(jittered, atLeast), longestMilliseconds));
}

/** No lease and no delay is further ahead: an instant that is was written under a clock that ran ahead. */
export const furthestAhead: number = longestMilliseconds + 60_000;
