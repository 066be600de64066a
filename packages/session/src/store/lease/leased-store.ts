import { setTimeout as sleep } from 'node:timers/promises';
import { type SessionStore, type Slot, slotOf } from '../../session-store.ts';
import { type LeaseClock, leaseWaitMilliseconds } from './lease.ts';
import { createLeasedReads } from './leased-reads.ts';
import type { TrackedChannel } from './tracked-channel.ts';

export interface LeasedStoreOptions {
  /** Where everything is written, and read when there is no channel. */
  readonly store: SessionStore;
  /** Null: this process remembers nothing; others on the same data may. */
  readonly channel: TrackedChannel | null;
  /** Bytes to remember at most. */
  readonly maxBytes: number;
  readonly clock?: LeaseClock;
  /** Waits out the lease; milliseconds. */
  readonly wait?: (milliseconds: number) => Promise<unknown>;
}

const systemClock: LeaseClock = { monotonic: () => performance.now(), wall: () => Date.now() };

/**
 * A store with memory in front that cannot lie (`lease.ts`, `leased-reads.ts`). Endings, what retires a session id, and
 * changes of what a sign-in may enter resolve only when no memory of any process can say otherwise any more: one lease after the store confirmed.
 */
export function createLeasedStore(options: LeasedStoreOptions): SessionStore {
  const { store, channel, maxBytes, clock = systemClock, wait = sleep } = options;
  const reads = channel && createLeasedReads({ store, channel, maxBytes, clock });
  const forget = (slot: Slot): void => reads?.forget(slot);

  /** Own writes are forgotten before and after: who wrote reads what was written. */
  async function writing<T>(slot: Slot, write: () => Promise<T>): Promise<T> {
    forget(slot);
    try {
      return await write();
    } finally {
      forget(slot);
    }
  }

  async function ending<T>(slot: Slot, write: () => Promise<T>): Promise<T> {
    const outcome = await writing(slot, write);
    await wait(leaseWaitMilliseconds);
    return outcome;
  }

  return {
    ...store,
    read: reads?.read ?? ((key) => store.read(key)),
    create: (key, ...rest) => writing(slotOf(key), () => store.create(key, ...rest)),
    replace: (key, ...rest) => writing(slotOf(key), () => store.replace(key, ...rest)),
    rotate: (key, successor) => ending(slotOf(key), () => store.rotate(key, successor)),
    retire: (key, ...rest) => ending(slotOf(key), () => store.retire(key, ...rest)),
    end: (key) => ending(slotOf(key), () => store.end(key)),
    async touch(key, idleSeconds) {
      reads?.used(key, store.now());
      await store.touch(key, idleSeconds);
    },
    createSignIn: (slot, ...rest) => writing(slot, () => store.createSignIn(slot, ...rest)),
    replaceSignIn: (slot, ...rest) => ending(slot, () => store.replaceSignIn(slot, ...rest)),
    endSignIn: (slot, ...rest) => ending(slot, () => store.endSignIn(slot, ...rest)),
    async close() {
      reads?.stop();
      await channel?.close();
      await store.close();
    },
  };
}
