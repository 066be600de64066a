/** By how many milliseconds the wall clock may move against the monotonic one without being doubted. */
const toleratedMilliseconds = 1_000;
/** How long a clock that was set must agree with itself until it is believed. */
const doubtedMilliseconds = 60_000;

/**
 * A wall clock that is not led astray by a moment: one that is suddenly set ahead or back is followed only after it has
 * stayed so for a minute, and until then the monotonic clock counts on. An hour's leap that is taken back after seconds
 * ends no session. Both give milliseconds.
 */
export function createSteadyClock(
  wall: () => number = Date.now,
  monotonic: () => number = () => performance.now(),
): () => number {
  let offset = wall() - monotonic();
  let doubt: { readonly offset: number; readonly since: number } | null = null;
  return () => {
    const at = monotonic();
    const seen = wall();
    const found = seen - at;
    if (Math.abs(found - offset) <= toleratedMilliseconds) {
      offset = found;
      doubt = null;
      return seen;
    }
    if (doubt === null || Math.abs(found - doubt.offset) > toleratedMilliseconds) {
      doubt = { offset: found, since: at };
    } else if (at - doubt.since >= doubtedMilliseconds) {
      offset = found;
      doubt = null;
      return seen;
    }
    return Math.round(at + offset);
  };
}
