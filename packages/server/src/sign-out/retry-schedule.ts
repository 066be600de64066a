import type { NoticeDeadReason } from '@latchkey/session/parts';
import { growingDelay } from '../outbox/growing-delay.ts';
import type { DeliveryResult } from './deliver.ts';

const firstDelayMilliseconds = 500;
const blockedDelayMilliseconds = 600_000;
const minute = 60_000;
const hour = 3_600_000;
const horizon = 24 * hour;
/** So many tries at least, also when the login host itself was away for most of the horizon. */
const leastAttempts = 20;

/** When a notice that was refused is tried again, counted from when it was written. */
const afterRefusal = [minute, 5 * minute, 30 * minute, 2 * hour, 8 * hour, horizon];
/** An address that our own guard refuses waits for the configuration, which operators are told of. */
const guardHorizon = 30 * horizon;

/** What becomes of a notice after a try that did not deliver it. */
export type NextStep =
  | { readonly kind: 'again'; readonly at: number }
  | { readonly kind: 'dead'; readonly reason: NoticeDeadReason };

/** A notice after a try. */
export interface TriedNotice {
  /** Tries so far, this one included. */
  readonly attempts: number;
  readonly createdAt: number;
}

type Failure = Exclude<DeliveryResult, { kind: 'delivered' | 'dead' }>;

/**
 * When to try again, by what the app did. No answer: about half a second after the first failure, then twice as long each
 * time up to ten minutes, with up to a quarter of jitter to either side; later when the app asks for it, but never later
 * than ten minutes. After 24 hours, and 20 tries, the notice is dead. A refusal, which may be a clock or a key that the
 * app has not fetched yet: 1, 5 and 30 minutes, 2, 8 and 24 hours after the notice was written. An address that the guard
 * refuses: every ten minutes, for 30 days and 20 tries. `random` gives 0 <= x < 1.
 */
export function nextStep(
  notice: TriedNotice,
  result: Failure,
  { now, random }: { readonly now: number; readonly random: () => number },
): NextStep {
  // Written under a clock that ran ahead, it is new by this one: its plan must not wait for that clock's time.
  const ageMilliseconds = Math.max(0, now - notice.createdAt);
  const { reason } = result;
  const again = (delayMilliseconds: number): NextStep => ({
    kind: 'again',
    at: now + delayMilliseconds,
  });
  const dead: NextStep = { kind: 'dead', reason: `given-up-${reason}` };
  if (result.kind === 'blocked')
    return ageMilliseconds >= guardHorizon && notice.attempts >= leastAttempts
      ? dead
      : again(blockedDelayMilliseconds);
  if (result.kind === 'refused') {
    const next = afterRefusal.find((instant) => instant > ageMilliseconds);
    if (next !== undefined) return again(next - ageMilliseconds);
    return notice.attempts >= afterRefusal.length ? dead : again(minute);
  }
  if (ageMilliseconds >= horizon && notice.attempts >= leastAttempts) return dead;
  const atLeast = result.retryAfterMilliseconds ?? 0;
  return again(growingDelay(notice.attempts, firstDelayMilliseconds, { random, atLeast }));
}

/** Until when a refused notice is tried at least. */
export function triedUntil(createdAt: number): number {
  return createdAt + horizon;
}

/** No next attempt of a notice that was refused is further ahead; what is was written under a clock that ran ahead. */
export const furthestAfterRefusal: number = horizon + minute;
