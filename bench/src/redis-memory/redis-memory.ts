import { randomBytes } from 'node:crypto';
import type { SessionStore } from '@latchkey/session';
import { createSlot } from '@latchkey/session/parts';
import { createRedisStore } from '@latchkey/session/store/redis';
import { createClient } from 'redis';
import { type Benchmark, ownRedis, type Surroundings } from '../benchmark.ts';
import { type Row, rowOf } from '../rows.ts';
import { createSession, createSignIn, inParts } from '../session-check/family.ts';

/** All that is asked of the client. */
interface Client {
  info(section: string): Promise<string>;
  keys(pattern: string): Promise<string[]>;
  sendCommand(command: string[]): Promise<unknown>;
}

/** One kind of keys, what it is called and what a key may take. */
interface Kind {
  readonly name: string;
  readonly atMost: number | null;
  readonly isOne: (key: string) => boolean;
}

/** Session and sign-in lie under `<prefix>{<slot>}`; every account here has one sign-in, so its index is as dear as it gets. */
const kinds: readonly Kind[] = [
  { name: 'a session, with expiry', atMost: 250, isOne: (key) => /\}:[\w-]+$/.test(key) },
  {
    name: 'a sign-in, with expiry and last use',
    atMost: 300,
    isOne: (key) => key.endsWith('}'),
  },
  {
    name: "a sign-in in the index of its account's sign-ins",
    atMost: null,
    isOne: (key) => !key.includes('}'),
  },
];

/**
 * What sessions and sign-ins take in Redis. Each kind is copied to a server of its own, and the growth of its `used_memory`
 * counts: expiry and the tables of keys are in it, and no kind pays for the tables of another.
 */
export const redisMemory: Benchmark = {
  name: 'redis memory',
  async run(surroundings) {
    const { isQuick, report } = surroundings;
    // A quarter, so that the tables of keys, which double, are as full.
    const count = isQuick ? 25_000 : 100_000;
    const { url } = await ownRedis(surroundings);
    report(`${count} sign-ins with a session each`);
    const client = await connect(url, surroundings);
    const before = await usedMemory(client);
    const store = await createRedisStore({ url, memoryBytes: 0 });
    await signIn(store, count);
    await store.close();
    const together = (await usedMemory(client)) - before;
    const keys = await client.keys('*');
    const rows: Row[] = [];
    for (const kind of kinds) {
      rows.push(await rowOfKind(kind, { client, keys, count, together }, surroundings));
    }
    return rows;
  },
};

async function rowOfKind(
  { name, atMost, isOne }: Kind,
  {
    client,
    keys,
    count,
    together,
  }: { client: Client; keys: string[]; count: number; together: number },
  surroundings: Surroundings,
): Promise<Row> {
  const own = keys.filter(isOne);
  if (own.length !== count) throw new Error(`${own.length} keys instead of ${count}: ${name}.`);
  const { url, port } = await ownRedis(surroundings);
  const copy = await connect(url, surroundings);
  const before = await usedMemory(copy);
  const target = ['127.0.0.1', String(port), '', '0', '10000', 'COPY', 'KEYS'];
  for (let from = 0; from < own.length; from += 1000) {
    await client.sendCommand(['MIGRATE', ...target, ...own.slice(from, from + 1000)]);
  }
  // The connection that brought the keys has buffers of its own.
  await copy.sendCommand(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']);
  const after = await usedMemory(copy);
  return rowOf(
    { case: `Redis memory of ${name}`, metric: 'used_memory', unit: 'bytes', atMost, digits: 0 },
    [(after - before) / count],
    {
      'used_memory before and after': [before, after],
      keys: [count],
      'growth of all kinds in one server': [together],
    },
  );
}

async function connect(url: string, { own }: Surroundings): Promise<Client> {
  const client = createClient({ url });
  await client.connect();
  own.defer(() => client.destroy());
  return client;
}

async function signIn(store: SessionStore, count: number): Promise<void> {
  const numbers = Array.from({ length: count }, (_, number) => number);
  await inParts(numbers, async (number) => {
    const slot = createSlot(randomBytes);
    await createSignIn(store, slot, number);
    await createSession(store, slot);
  });
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
