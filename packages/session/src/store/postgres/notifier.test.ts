import { expect, test } from 'vitest';
import type { Slot } from '../../session-store.ts';
import { createPostgresNotifier } from './notifier.ts';

const statement = { name: 'tell', text: 'tell' };
const slots = ['a', 'b', 'c', 'd'] as Slot[];
const [a, b, c, d] = slots as [Slot, Slot, Slot, Slot];

/** A server that answers when it is told to. */
function start() {
  const told: unknown[] = [];
  const waiting: PromiseWithResolvers<unknown[][]>[] = [];
  const notifier = createPostgresNotifier(
    {
      send(_statement, [slots]) {
        told.push(slots);
        const answer = Promise.withResolvers<unknown[][]>();
        waiting.push(answer);
        return answer.promise;
      },
    },
    { tell: statement },
  );
  return { notifier, told, waiting };
}

const turn = () => new Promise(setImmediate);

test('while one telling is under way others gather for the next, each slot once', async () => {
  const { notifier, told, waiting } = start();
  const done: string[] = [];
  const tell = (slot: Slot) => notifier.tell(slot).then(() => void done.push(slot));
  const first = tell(a);
  await turn();
  const later = [tell(b), tell(c), tell(b)];
  await turn();
  expect(told).toEqual([[a]]);
  waiting[0]?.resolve([]);
  await first;
  await turn();
  expect([told, done]).toEqual([[[a], [b, c]], [a]]);
  waiting[1]?.resolve([]);
  await Promise.all(later);
  expect(done).toEqual([a, b, c, b]);
});

test('what is told of while a telling leaves is told with the next, never left out', async () => {
  const { notifier, told, waiting } = start();
  void notifier.tell(a);
  void notifier.tell(b);
  await turn();
  void notifier.tell(c);
  waiting[0]?.resolve([]);
  await turn();
  void notifier.tell(d);
  waiting[1]?.resolve([]);
  await turn();
  expect(told).toEqual([[a, b], [c], [d]]);
});

test('a telling that fails fails no save, and the next one goes out', async () => {
  const { notifier, told, waiting } = start();
  const first = notifier.tell(a);
  await turn();
  waiting[0]?.reject(new Error('connection lost'));
  await first;
  const second = notifier.tell(b);
  await turn();
  waiting[1]?.resolve([]);
  await second;
  expect(told).toEqual([[a], [b]]);
});
