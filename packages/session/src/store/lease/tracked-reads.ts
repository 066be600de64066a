import { hasCode } from '../../errors.ts';
import { type Reading, type SessionStore, type StoreKey, slotOf } from '../../session-store.ts';
import type { Lease, LeaseClock } from './lease.ts';
import type { LeasedMemory } from './leased-memory.ts';
import type { TrackedChannel } from './tracked-channel.ts';

/** What reading over a tracked channel needs. */
export interface TrackedReadsOptions {
  /** Read when there is no channel. */
  readonly store: Pick<SessionStore, 'read' | 'now'>;
  readonly channel: TrackedChannel;
  readonly clock: LeaseClock;
  readonly lease: Lease;
  /** Is given what the channel brings. */
  readonly memory: LeasedMemory;
}

/** Reads over the tracked connection, each of which renews the lease and is remembered. */
export interface TrackedReads {
  read(key: StoreKey): Promise<Reading | null>;
  /** Whether this connection brought what is remembered. */
  isSource(connection: object): boolean;
}

/** How old what is remembered may become, though nobody says that it changed: whoever wrote may have crashed before. */
const oldestMilliseconds = 60_000;

/**
 * Reads over the tracked connection that may find nothing: so many at once, and then one each second. The server keeps a
 * note for each key that is read over it, also for those that are not there, and whoever makes up cookies could fill its
 * table. Beyond, the store is asked first, and only what it has is read again to be remembered.
 */
const trackedMisses = 1000;

function createMissBudget(clock: LeaseClock) {
  let left = trackedMisses;
  let countedAt = clock.monotonic();
  return {
    isSpent(): boolean {
      const now = clock.monotonic();
      left = Math.min(trackedMisses, left + (now - countedAt) / 1000);
      countedAt = now;
      return left < 1;
    },
    spend(): void {
      left -= 1;
    },
  };
}

export function createTrackedReads(options: TrackedReadsOptions): TrackedReads {
  const { store, channel, clock, lease, memory } = options;
  const misses = createMissBudget(clock);
  /** The connection that brought what is remembered. */
  let source: object | null = null;

  async function read(key: StoreKey): Promise<Reading | null> {
    const connection = channel.current();
    if (connection === null) return store.read(key);
    if (connection !== source) {
      // What another connection brought has no invalidations any more.
      memory.clear();
      source = connection;
    }
    if (channel.notesMisses && misses.isSpent()) {
      if ((await store.read(key)) === null) return null;
      if (connection !== source || channel.current() !== connection) return store.read(key);
    }
    const fill = memory.begin(slotOf(key));
    const heartbeat = lease.send(connection);
    let reading: Reading | null = null;
    try {
      reading = await channel.read(connection, key);
      if (reading === null) misses.spend();
      if (channel.current() === connection) lease.answered(heartbeat);
      else fill.isStale = true;
    } catch (error) {
      fill.isStale = true;
      if (hasCode(error, 'store_unavailable')) throw error;
      return store.read(key);
    } finally {
      const isCurrent = connection === source;
      memory.finish(fill, isCurrent ? reading : null, deadlineOf(reading));
    }
    return reading;
  }

  function deadlineOf(reading: Reading | null): number {
    if (reading === null) return 0;
    return clock.monotonic() + Math.min(endOf(reading) - store.now(), oldestMilliseconds);
  }

  return { read, isSource: (connection) => connection === source };
}

/** When a session ends by itself at the latest, by the store's clock. */
function endOf({ session, signIn, usedAt }: Reading): number {
  const own = session.createdAt + session.absoluteSeconds * 1000;
  if (signIn === null) return Math.min(own, usedAt + session.idleSeconds * 1000);
  const absolute = signIn.createdAt + signIn.absoluteSeconds * 1000;
  return Math.min(own, absolute, usedAt + signIn.idleSeconds * 1000);
}
