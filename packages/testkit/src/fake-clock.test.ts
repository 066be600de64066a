import { expect, test } from 'vitest';
import { createFakeClock } from './fake-clock.ts';

test('a fake clock stands still until it is advanced', () => {
  const { now, advance } = createFakeClock(1000);
  expect([now(), now()]).toEqual([1000, 1000]);
  advance(250);
  expect(now()).toBe(1250);
});
