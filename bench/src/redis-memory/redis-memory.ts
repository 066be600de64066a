import { randomBytes } from 'node:crypto';
import { createSlot, type SessionStore, type Slot } from '@latchkey/session';
import { createRedisStore } from '@latchkey/session/store/redis';
import { createClient } from 'redis';
import { type Benchmark, ownRedis } from '../benchmark.ts';
import { rowOf } from '../rows.ts';
import { createSession, createSignIn, inParts } from '../session-check/family.ts';

/** All that is asked of the client. */
interface Client {
  info(section: string): Promise<string>;
  keys(pattern: string): Promise<string[]>;
  del(keys: string[]): Promise<number>;
}

/** What sessions and sign-ins take in Redis: the growth of `used_memory`, so expiry and tables of keys are included. */
export const redisMemory: Benchmark = {
  name: 'redis memory',
  async run(surroundings) {
    const { isQuick, own, report } = surroundings;
    const count = isQuick ? 20_000 : 100_000;
    const { url } = await ownRedis(surroundings);
    const store = await createRedisStore({ url, memoryBytes: 0 });
    own.defer(() => store.close());
    const client = createClient({ url });
    await client.connect();
    own.defer(() => client.destroy());
    // What the first ones cost besides, such as the scripts, is not theirs.
    await signIn(store, 500);
    report(`${count} sign-ins, then a session for each`);
    const before = await usedMemory(client);
    const slots = await signIn(store, count);
    const withSignIns = await usedMemory(client);
    await inParts(slots, (slot) => createSession(store, slot));
    const withSessions = await usedMemory(client);
    const dropped = await dropIndexes(client);
    const withoutIndexes = await usedMemory(client);
    // Those of the first ones went with the others.
    const indexes = ((withSessions - withoutIndexes) * count) / dropped;
    const raw = {
      'used_memory before, with sign-ins, with sessions, without indexes': [
        ...[before, withSignIns, withSessions, withoutIndexes],
      ],
      'sign-ins and sessions': [count],
    };
    const row = (name: string, bytes: number, atMost: number | null) =>
      rowOf(
        {
          case: `Redis memory of ${name}`,
          metric: 'used_memory',
          unit: 'bytes',
          atMost,
          digits: 0,
        },
        [bytes / count],
        raw,
      );
    return [
      row('a session, with expiry', withSessions - withSignIns, 250),
      row('a sign-in, with expiry and last use', withSignIns - before - indexes, 250),
      row("a sign-in in the index of its account's sign-ins", indexes, null),
    ];
  },
};

async function signIn(store: SessionStore, count: number): Promise<readonly Slot[]> {
  const numbers = Array.from({ length: count }, (_, number) => number);
  return inParts(numbers, async (number) => {
    const slot = createSlot(randomBytes);
    await createSignIn(store, slot, number);
    return slot;
  });
}

/** Every account here has one sign-in, which makes its index as dear as it gets. How many there were. */
async function dropIndexes(client: Client): Promise<number> {
  const names = await client.keys('*:of:*');
  const parts = Array.from({ length: Math.ceil(names.length / 1000) }, (_, part) =>
    names.slice(part * 1000, (part + 1) * 1000),
  );
  for (const part of parts) await client.del(part);
  return names.length;
}

/** Once the tables of keys have been moved to their new size, which happens little by little. */
async function usedMemory(client: Client): Promise<number> {
  let last = Number.NaN;
  for (;;) {
    const now = Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
    if (Math.abs(now - last) < 20_000) return now;
    last = now;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
