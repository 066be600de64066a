// A process with a local cache that is filled. It says how much memory that took.
import { createHash } from 'node:crypto';
import { createSessionId, createSlot, type SessionId, storeKey } from '@latchkey/session';
import { createRedisStore } from '@latchkey/session/store/redis';
import { answerParent } from '../process-call.ts';
import { createSession, createSignIn, inParts } from '../session-check/family.ts';

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

/** Sessions read before the first look, so that code and connection are not counted. */
const warmUp = 1000;
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
  await inParts(numbersTo(count + warmUp), async (number) => {
    const bytes = bytesOf(number);
    const slot = createSlot(bytes);
    await createSignIn(store, slot, number);
    await createSession(store, slot, bytes);
  });
  await store.close();
}

async function fill({ url, count }: Order): Promise<Filled> {
  const store = await createRedisStore({ url, memoryBytes });
  const read = async (number: number): Promise<void> => {
    if ((await store.read(storeKey(idOf(number)))) === null) throw new Error('No session.');
  };
  const numbers = numbersTo(count + warmUp);
  await inParts(numbers.slice(0, warmUp), read);
  const before = await settledMemory();
  for (let from = warmUp; from < numbers.length; from += 5000) {
    await inParts(numbers.slice(from, from + 5000), read);
    // In traffic this is spread over minutes: what reading leaves behind is not to be kept beside the sessions.
    globalThis.gc?.();
  }
  const after = await settledMemory();
  await read(0);
  // At once, while the lease is held: what is remembered is not waited for.
  const remembered = numbers
    .slice(warmUp)
    .filter((number) => !(store.read(storeKey(idOf(number))) instanceof Promise)).length;
  return {
    before: before.rss,
    after: after.rss,
    heapGrowth: after.heapUsed - before.heapUsed,
    remembered,
  };
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
