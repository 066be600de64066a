import { hasCode } from '../../errors.ts';
import type { MaybePromise } from '../../platform.ts';
import {
  type Reading,
  type SessionStore,
  type Slot,
  type StoreKey,
  slotOf,
} from '../../session-store.ts';
import { createLease, type LeaseClock, leaseMilliseconds } from './lease.ts';
import { createLeasedMemory } from './leased-memory.ts';

/** The connection over which a process reads what it remembers, and on which it hears that something changed. */
export interface TrackedChannel {
  /** The connection there is now, or null. Only ever compared. */
  current(): object | null;
  /**
   * Reads so that the answer also says that this very connection is alive and has brought what changed before. Rejects when
   * it broke, or with `store_unavailable` where asking the store once more would be in vain.
   */
  read(connection: object, key: StoreKey): Promise<Reading | null>;
  /** Resolves when that very connection has answered. */
  beat(connection: object): Promise<void>;
  /** Whether the server keeps a note of a key also where nothing was found. */
  readonly notesMisses?: boolean;
  /** Told of each slot that changed, in order with the answers; null: anything may have. */
  onChange(listener: (slot: Slot | null) => void): void;
  close(): Promise<void>;
}

/** What reading by the lease rule needs. */
export interface LeasedReadsOptions {
  /** Read when there is no channel. */
  readonly store: Pick<SessionStore, 'read' | 'now'>;
  readonly channel: TrackedChannel;
  /** Bytes to remember at most. */
  readonly maxBytes: number;
  readonly clock: LeaseClock;
}

/** Reads that may be answered from memory. */
export interface LeasedReads {
  read(key: StoreKey): MaybePromise<Reading | null>;
  /** Before and after each write of this process. */
  forget(slot: Slot): void;
  /** A use that is being recorded; so that it is not recorded again for each request. */
  used(key: StoreKey, usedAt: number): void;
  stop(): void;
}

interface ReadUnderWay {
  /** By both clocks, as a lease: a machine that was suspended meanwhile may notice by one of them alone. */
  readonly monotonic: number;
  readonly wall: number;
  readonly reading: Promise<Reading | null>;
}

/** How often the lease is renewed while memory answers. */
const beatMilliseconds = 60;
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

/** Memory first, by the rule of `lease.ts`; a hit is synchronous. */
export function createLeasedReads(options: LeasedReadsOptions): LeasedReads {
  const { store, channel, clock } = options;
  const lease = createLease(clock);
  const memory = createLeasedMemory(options.maxBytes);
  const misses = createMissBudget(clock);
  const underWay = new Map<StoreKey, ReadUnderWay>();
  /** The connection that brought what is remembered. */
  let remembered: object | null = null;
  let hits = 0;
  let timer: NodeJS.Timeout | undefined;

  channel.onChange((slot) => (slot === null ? memory.clear() : memory.forget(slot)));

  function read(key: StoreKey): MaybePromise<Reading | null> {
    const connection = channel.current();
    if (connection !== null && connection === remembered && lease.isHeld(connection)) {
      const known = memory.get(key, clock.monotonic());
      if (known !== null) {
        hits += 1;
        timer ??= setInterval(renew, beatMilliseconds).unref();
        return known;
      }
    }
    return readOnce(key);
  }

  /** Requests of one key share a read that is younger than the lease: an ending they must see was confirmed before it. */
  function readOnce(key: StoreKey): Promise<Reading | null> {
    const shared = underWay.get(key);
    if (shared !== undefined && isYoung(shared)) return shared.reading;
    const [monotonic, wall] = [clock.monotonic(), clock.wall()];
    const reading = readThrough(key).finally(() => {
      if (underWay.get(key)?.reading === reading) underWay.delete(key);
    });
    underWay.set(key, { monotonic, wall, reading });
    return reading;
  }

  function isYoung({ monotonic, wall }: ReadUnderWay): boolean {
    const passed = clock.wall() - wall;
    if (passed < 0 || passed >= leaseMilliseconds) return false;
    return clock.monotonic() - monotonic < leaseMilliseconds;
  }

  async function readThrough(key: StoreKey): Promise<Reading | null> {
    const connection = channel.current();
    if (connection === null) return store.read(key);
    if (connection !== remembered) {
      // What another connection brought has no invalidations any more.
      memory.clear();
      remembered = connection;
    }
    if (channel.notesMisses && misses.isSpent()) {
      if ((await store.read(key)) === null) return null;
      if (connection !== remembered || channel.current() !== connection) return store.read(key);
    }
    const fill = memory.begin(slotOf(key));
    const beat = lease.send(connection);
    let reading: Reading | null = null;
    try {
      reading = await channel.read(connection, key);
      if (reading === null) misses.spend();
      if (channel.current() === connection) lease.answered(beat);
      else fill.isStale = true;
    } catch (error) {
      fill.isStale = true;
      if (hasCode(error, 'store_unavailable')) throw error;
      return store.read(key);
    } finally {
      // What a rotated key stands for is not remembered: it stands for nothing any more in a moment.
      const isCurrent = connection === remembered && reading?.key === key;
      memory.finish(fill, key, isCurrent ? reading : null, deadlineOf(reading));
    }
    return reading;
  }

  function deadlineOf(reading: Reading | null): number {
    if (reading === null) return 0;
    return clock.monotonic() + Math.min(endOf(reading) - store.now(), oldestMilliseconds);
  }

  function renew(): void {
    const connection = channel.current();
    if (connection === null || hits === 0) {
      clearInterval(timer);
      timer = undefined;
      return;
    }
    hits = 0;
    if (lease.age() < beatMilliseconds / 2) return;
    const beat = lease.send(connection);
    channel.beat(connection).then(
      () => lease.answered(beat),
      // Then the lease runs out, and every read asks the store.
      () => undefined,
    );
  }

  function forget(slot: Slot): void {
    memory.forget(slot);
    // Whoever reads after a write must not be given the answer to a question from before it.
    for (const key of underWay.keys()) if (slotOf(key) === slot) underWay.delete(key);
  }

  return {
    read,
    forget,
    used: (key, usedAt) => memory.used(key, usedAt),
    stop() {
      clearInterval(timer);
      memory.clear();
    },
  };
}

/** When a session ends by itself at the latest, by the store's clock. */
function endOf({ session, signIn, usedAt }: Reading): number {
  const own = session.createdAt + session.absoluteSeconds * 1000;
  if (signIn === null) return Math.min(own, usedAt + session.idleSeconds * 1000);
  const absolute = signIn.createdAt + signIn.absoluteSeconds * 1000;
  return Math.min(own, absolute, usedAt + signIn.idleSeconds * 1000);
}
