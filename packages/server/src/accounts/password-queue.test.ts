import { expect, test } from 'vitest';
import { createPasswordQueue } from './password-queue.ts';

function work() {
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const start = (id: number) => () =>
    new Promise<number>((resolve) => {
      begun.push(id);
      ends.push(() => resolve(id));
    });
  return { begun, ends, start };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

test('no more than `atOnce` run; the others follow in order', async () => {
  const queue = createPasswordQueue({ atOnce: 2, waiting: 64 });
  const { begun, ends, start } = work();
  const all = Promise.all([1, 2, 3, 4].map((id) => queue.run(start(id))));
  await settle();
  expect(begun).toEqual([1, 2]);
  ends[1]?.();
  await settle();
  expect(begun).toEqual([1, 2, 3]);
  ends[0]?.();
  await settle();
  for (const end of ends) end();
  expect(await all).toEqual([1, 2, 3, 4]);
});

test('beyond `waiting` the answer is busy, and the work is not begun', async () => {
  const queue = createPasswordQueue({ atOnce: 1, waiting: 2 });
  const { begun, ends, start } = work();
  const running = [1, 2, 3].map((id) => queue.run(start(id)));
  expect(await queue.run(start(4))).toBe('busy');
  for (let step = 0; step < 3; step += 1) {
    ends.at(-1)?.();
    await settle();
  }
  expect(await Promise.all(running)).toEqual([1, 2, 3]);
  expect(begun).toEqual([1, 2, 3]);
});

test('work that fails gives its place to the next', async () => {
  const queue = createPasswordQueue({ atOnce: 1, waiting: 2 });
  const failing = queue.run(() => Promise.reject(new Error('no memory')));
  const next = queue.run(() => Promise.resolve('fine'));
  await expect(failing).rejects.toThrow('no memory');
  expect(await next).toBe('fine');
  expect(await queue.run(() => Promise.resolve('fine again'))).toBe('fine again');
});
