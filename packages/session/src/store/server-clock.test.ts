import { createFakeClock } from '@latchkey/testkit';
import { expect, test } from 'vitest';
import { createServerClock } from './server-clock.ts';

test('the clock of the server counts, not the local one', async () => {
  const local = createFakeClock(10_000);
  const clock = createServerClock(local.now, async () => ['5000', '250000']);
  expect(clock.now()).toBe(10_000);
  await clock.measure(true);
  // What the measurement itself took is real time, and half of it is put in.
  expect(Math.abs(clock.now() - 5_000_250)).toBeLessThan(60_000);
  const before = clock.now();
  local.advance(1234);
  expect(clock.now()).toBe(before + 1234);
  clock.stop();
});

test('a failed or senseless measurement changes nothing', async () => {
  const local = createFakeClock(10_000);
  const replies: unknown[] = [['20', '0'], null, [], ['x', 'y'], 'text'];
  const clock = createServerClock(local.now, async () => replies.shift());
  await clock.measure(true);
  const known = clock.now();
  for (let left = replies.length; left > 0; left -= 1) await clock.measure(false);
  expect(clock.now()).toBe(known);
  clock.stop();
});
