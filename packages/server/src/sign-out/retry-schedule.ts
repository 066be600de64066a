import type { DeliveryResult } from './deliver.ts';

const firstDelay = 500;
const longestDelay = 600_000;
const horizon = 24 * 3_600_000;
/** So many tries at least, also when the login host itself was away for most of the horizon. */
const leastAttempts = 20;

/** What becomes of a notice after a try that did not deliver it. */
export type NextStep =
  | { readonly kind: 'again'; readonly at: number; readonly reason: string }
  | { readonly kind: 'dead'; readonly reason: string };

/** A notice after a try. */
export interface TriedNotice {
  /** Tries so far, this one included. */
  readonly attempts: number;
  readonly createdAt: number;
}

/**
 * When to try again: about half a second after the first failure, then twice as long each time up to ten minutes, with
 * up to a quarter of jitter to either side; later when the app asks for it, but never later than ten minutes. After 24
 * hours, and 20 tries, the notice is dead. `random` gives 0 <= x < 1.
 */
export function nextStep(
  notice: TriedNotice,
  result: Extract<DeliveryResult, { kind: 'retry' }>,
  now: number,
  random: () => number,
): NextStep {
  const isOver = now - notice.createdAt >= horizon && notice.attempts >= leastAttempts;
  if (isOver) return { kind: 'dead', reason: `given-up-${result.reason}` };
  // 2 ** 11 is beyond the longest delay already; more would only overflow.
  const doubled = firstDelay * 2 ** Math.min(notice.attempts - 1, 11);
  const jittered = doubled * (0.75 + random() / 2);
  const wished = Math.max(jittered, result.retryAfterMilliseconds ?? 0);
  return {
    kind: 'again',
    at: now + Math.round(Math.min(wished, longestDelay)),
    reason: result.reason,
  };
}

/** No next attempt and no lease lies further ahead: what does was written under a clock that ran ahead. */
export const furthestAhead: number = longestDelay + 60_000;
