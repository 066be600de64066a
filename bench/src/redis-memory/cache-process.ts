// A process with a local cache that is filled. It says how much memory that took.
import { createHash } from 'node:crypto';
import type { SessionStore } from '@latchkey/session';
import { createSessionId, createSlot, type SessionId, storeKey } from '@latchkey/session/parts';
import { createRedisStore } from '@latchkey/session/store/redis';
import { answerParent } from '../process-call.ts';
import { createSession, createSignIn, inParts, realms } from '../session-check/family.ts';

/** What the process can be asked for. */
export interface CacheCalls extends Readonly<Record<string, (argument: never) => unknown>> {
  /** Makes so many people with a session each. */
  readonly populate: (order: Order) => Promise<void>;
  /** Reads them all. */
  readonly fill: (order: Order) => Promise<Filled>;
}

/** How many sessions, and where. */
export interface Order {
  readonly url: string;
  readonly count: number;
}

/** What filling the cache took: bytes, and how many of the sessions memory then answers for. */
export interface Filled {
  readonly before: number;
  readonly after: number;
  readonly heapGrowth: number;
  readonly remembered: number;
}

/** More than is needed: the bound is not what is measured. */
const memoryBytes = 2 ** 30;

/** The same bytes for the same number: a list of ids would itself take memory. */
function bytesOf(number: number): (size: number) => Buffer {
  const digest = createHash('sha512').update(String(number)).digest();
  return (size) => digest.subarray(0, size);
}

function idOf(number: number): SessionId {
  const bytes = bytesOf(number);
  return createSessionId(createSlot(bytes), bytes);
}

async function populate({ url, count }: Order): Promise<void> {
  const store = await createRedisStore({ url, memoryBytes: 0 });
  await inParts(numbersTo(count), async (number) => {
    const bytes = bytesOf(number);
    const slot = createSlot(bytes);
    await createSignIn(store, slot, number);
    await createSession(store, slot, bytes);
  });
  await store.close();
}

async function fill({ url, count }: Order): Promise<Filled> {
  const numbers = numbersTo(count);
  // Once without remembering: what reading so much leaves of the heap and of its buffers is not the cache's.
  const forgetful = await createRedisStore({ url, memoryBytes: 0 });
  await readAll(forgetful, numbers);
  const store = await createRedisStore({ url, memoryBytes });
  await readAll(store, numbers.slice(0, 200));
  const before = await settledMemory();
  await readAll(store, numbers);
  // Once more, by which as many as may be are kept as sessions in use are.
  await readAll(store, numbers);
  const after = await settledMemory();
  const remembered = await countRemembered(store, numbers);
  return {
    before: before.rss,
    after: after.rss,
    heapGrowth: after.heapUsed - before.heapUsed,
    remembered,
  };
}

async function readAll(store: SessionStore, numbers: readonly number[]): Promise<void> {
  for (let from = 0; from < numbers.length; from += 5000) {
    await inParts(numbers.slice(from, from + 5000), async (number) => {
      if ((await store.read(storeKey(realms.present, idOf(number)))) === null)
        throw new Error('No session.');
    });
    // In traffic this is spread over minutes.
    globalThis.gc?.();
  }
}

/** Those that memory answers for: at once, not with a promise. In parts, so that the lease is renewed in between. */
async function countRemembered(store: SessionStore, numbers: readonly number[]): Promise<number> {
  let remembered = 0;
  for (let from = 0; from < numbers.length; from += 200) {
    // Asked of the server, if the lease ran out meanwhile: then it is held again.
    await store.read(storeKey(realms.present, idOf(0)));
    for (const number of numbers.slice(from, from + 200)) {
      if (!(store.read(storeKey(realms.present, idOf(number))) instanceof Promise)) remembered += 1;
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return remembered;
}

/** Once garbage is gone: it is of the reading, not of what is kept. */
async function settledMemory(): Promise<NodeJS.MemoryUsage> {
  for (let pass = 0; pass < 4; pass += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return process.memoryUsage();
}

function numbersTo(count: number): number[] {
  return Array.from({ length: count }, (_, number) => number);
}

answerParent<CacheCalls>({ populate, fill });
