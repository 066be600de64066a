import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { furthestAhead } from '../outbox/growing-delay.ts';
import { nextStep } from './retry-schedule.ts';

const hour = 3_600_000;
const middle = () => 0.5;
const failure = (retryAfterMilliseconds: number | null = null) => ({
  kind: 'retry' as const,
  reason: 'status-503' as const,
  retryAfterMilliseconds,
});

function delayAfter(attempts: number, retryAfter: number | null = null, random = middle): number {
  const next = nextStep({ attempts, createdAt: 0 }, failure(retryAfter), { now: 0, random });
  return next.kind === 'again' ? next.at : Number.NaN;
}

describe('when a notice is tried again', () => {
  test('after half a second, then twice as long each time, up to ten minutes', () => {
    const delays = [1, 2, 3, 4, 10, 11, 12, 100].map((attempts) => delayAfter(attempts));
    expect(delays).toEqual([500, 1000, 2000, 4000, 256_000, 512_000, 600_000, 600_000]);
  });

  test('with a quarter of jitter to either side', () => {
    expect(delayAfter(3, null, () => 0)).toBe(1500);
    expect(delayAfter(3, null, () => 0.999999)).toBe(2500);
  });

  test('later when the app asks for it, never sooner, and within ten minutes', () => {
    expect(delayAfter(1, 17_000)).toBe(17_000);
    expect(delayAfter(6, 1000)).toBe(16_000);
    expect(delayAfter(1, 86_400_000)).toBe(600_000);
  });

  test('not after 24 hours', () => {
    const tired = { attempts: 150, createdAt: 0 };
    expect(nextStep(tired, failure(), { now: 24 * hour - 1, random: middle }).kind).toBe('again');
    expect(nextStep(tired, failure(), { now: 24 * hour, random: middle })).toEqual({
      kind: 'dead',
      reason: 'given-up-status-503',
    });
  });

  test('but at least twenty times, when the login host was away for a day', () => {
    const fresh = { attempts: 19, createdAt: 0 };
    expect(nextStep(fresh, failure(), { now: 48 * hour, random: middle }).kind).toBe('again');
    expect(
      nextStep({ ...fresh, attempts: 20 }, failure(), { now: 48 * hour, random: middle }).kind,
    ).toBe('dead');
  });

  test('a minute after a refusal when the clock was set back since it was written', () => {
    const refused = { kind: 'refused', reason: 'refused-400' } as const;
    for (const ahead of [hour, 23 * hour, 240 * hour]) {
      const notice = { attempts: 1, createdAt: ahead };
      expect(nextStep(notice, refused, { now: 0, random: middle })).toMatchObject({
        kind: 'again',
        at: 60_000,
      });
    }
  });

  test('at least twenty times where our own guard refuses, when a clock leaps over the 30 days', () => {
    const blocked = { kind: 'blocked', reason: 'address-refused' } as const;
    const fresh = { attempts: 1, createdAt: 0 };
    expect(nextStep(fresh, blocked, { now: 31 * 24 * hour, random: middle }).kind).toBe('again');
    expect(
      nextStep({ ...fresh, attempts: 20 }, blocked, { now: 31 * 24 * hour, random: middle }).kind,
    ).toBe('dead');
  });

  test('never in the past, never further ahead than a claim believes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.option(fc.integer({ min: 0, max: 1e12 })),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempts, retryAfter, random) => {
          const delayMilliseconds = delayAfter(attempts, retryAfter, () => random);
          expect(delayMilliseconds).toBeGreaterThanOrEqual(375);
          expect(delayMilliseconds).toBeLessThan(furthestAhead);
        },
      ),
    );
  });
});
