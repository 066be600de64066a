import { expect, test } from 'vitest';
import type { Slot } from '../../session-store.ts';
import { createPostgresTeller } from './teller.ts';

const statement = { name: 'tell', text: 'tell' };
const slots = ['a', 'b', 'c', 'd'] as Slot[];
const [a, b, c, d] = slots as [Slot, Slot, Slot, Slot];

/** A server that answers when it is told to. */
function start() {
  const told: unknown[] = [];
  const waiting: PromiseWithResolvers<unknown[][]>[] = [];
  const teller = createPostgresTeller(
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
  return { teller, told, waiting };
}

const turn = () => new Promise(setImmediate);

test('while one telling is under way others gather for the next, each slot once', async () => {
  const { teller, told, waiting } = start();
  const done: string[] = [];
  const tell = (slot: Slot) => teller.tell(slot).then(() => void done.push(slot));
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
  const { teller, told, waiting } = start();
  void teller.tell(a);
  void teller.tell(b);
  await turn();
  void teller.tell(c);
  waiting[0]?.resolve([]);
  await turn();
  void teller.tell(d);
  waiting[1]?.resolve([]);
  await turn();
  expect(told).toEqual([[a, b], [c], [d]]);
});

test('a telling that fails fails no save, and the next one goes out', async () => {
  const { teller, told, waiting } = start();
  const first = teller.tell(a);
  await turn();
  waiting[0]?.reject(new Error('connection lost'));
  await first;
  const second = teller.tell(b);
  await turn();
  waiting[1]?.resolve([]);
  await second;
  expect(told).toEqual([[a], [b]]);
});
