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
  local.advance(3_600_000);
  // A local clock that is set changes nothing from then on.
  expect(clock.now() - before).toBeLessThan(60_000);
  clock.stop();
});

test("a server's clock that leaps is believed when it says the same again, and at once of another server", async () => {
  const replies: unknown[] = [
    ['5000', '0'],
    ['8600', '0'],
    ['5000', '0'],
    ['8600', '0'],
  ];
  const clock = createServerClock(
    () => 0,
    async () => replies.shift(),
  );
  const seconds = (): number => Math.round(clock.now() / 10_000) * 10;
  await clock.measure(true);
  for (let time = 0; time < 3; time += 1) {
    expect(seconds()).toBe(5000);
    await clock.measure(false);
  }
  replies.push(['8600', '0']);
  await clock.measure(false);
  expect(seconds()).toBe(8600);
  replies.push(['5000', '0']);
  await clock.measure(true);
  expect(seconds()).toBe(5000);
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
