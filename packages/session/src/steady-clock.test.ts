import { beforeEach, describe, expect, test } from 'vitest';
import { createSteadyClock } from './steady-clock.ts';

const hour = 3_600_000;
const start = Date.UTC(2030, 0, 1);

let monotonic = 0;
let ahead = 0;
let now: () => number;

beforeEach(() => {
  monotonic = 5_000;
  ahead = 0;
  now = createSteadyClock(
    () => start + monotonic + ahead,
    () => monotonic,
  );
});

/** Lets time go by, looking at the clock each second; what it said last. */
function pass(milliseconds: number): number {
  let said = now();
  for (let gone = 0; gone < milliseconds; gone += 1_000) {
    monotonic += 1_000;
    said = now();
  }
  return said;
}

describe('a wall clock that is followed', () => {
  test('gives the instants of the wall clock', () => {
    expect(now()).toBe(start + 5_000);
    expect(pass(10_000)).toBe(start + 15_000);
  });

  test('is not followed for six seconds an hour ahead, and nothing is left of it afterwards', () => {
    ahead = hour;
    expect(pass(6_000)).toBe(start + 11_000);
    ahead = 0;
    expect(pass(1_000)).toBe(start + 12_000);
    ahead = hour;
    expect(pass(59_000)).toBe(start + 71_000);
  });

  test.each([hour, -hour])('is believed after it has been set by %i ms for a minute', (by) => {
    ahead = by;
    now();
    expect(pass(61_000)).toBe(start + by + 66_000);
  });

  test('that never says the same twice is not believed', () => {
    for (let leap = 1; leap < 200; leap += 1) {
      ahead = leap * hour;
      pass(1_000);
    }
    expect(now()).toBe(start + monotonic);
  });

  test('is followed through what time servers correct little by little', () => {
    for (let step = 0; step < 100; step += 1) {
      ahead += 500;
      pass(1_000);
    }
    expect(now()).toBe(start + monotonic + 50_000);
  });
});
