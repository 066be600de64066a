import { expect, test } from 'vitest';
import { oneAtATime } from './one-at-a-time.ts';

test('runs never overlap, and all who ask during one share the next', async () => {
  const ends: (() => void)[] = [];
  const runner = oneAtATime(async () => {
    const number = ends.length + 1;
    await new Promise<void>((resolve) => ends.push(resolve));
    return number;
  });
  const first = runner.run();
  await expect.poll(() => ends.length).toBe(1);
  const [second, third] = [runner.run(), runner.run()];
  expect(third).toBe(second);
  expect(ends).toHaveLength(1);
  ends[0]?.();
  expect(await first).toBe(1);
  await expect.poll(() => ends.length).toBe(2);
  ends[1]?.();
  expect(await second).toBe(2);
  await runner.settled();
});

test('a run that fails fails for who asked for it, and the next goes on', async () => {
  let runs = 0;
  const runner = oneAtATime(async () => {
    runs += 1;
    if (runs === 1) throw new Error('away');
    return runs;
  });
  await expect(runner.run()).rejects.toThrow('away');
  await runner.settled();
  expect(await runner.run()).toBe(2);
});
