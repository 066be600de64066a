import { type Reading, type Slot, type StoreKey, slotOf } from '../../session-store.ts';
import { type LeaseClock, leaseMilliseconds } from './lease.ts';

/** Reads of one key at a time, of which many requests are given the answer. */
export interface SharedReads {
  read(key: StoreKey): Promise<Reading | null>;
  /** Whoever reads after a write must not be given the answer to a question from before it. */
  forget(slot: Slot): void;
}

interface ReadUnderWay {
  /** By both clocks, as a lease: a machine that was suspended meanwhile may notice by one of them alone. */
  readonly monotonic: number;
  readonly wall: number;
  readonly reading: Promise<Reading | null>;
}

/** Requests of one key share a read that is younger than the lease: an ending they must see was confirmed before it. */
export function createSharedReads(
  clock: LeaseClock,
  read: (key: StoreKey) => Promise<Reading | null>,
): SharedReads {
  const underWay = new Map<StoreKey, ReadUnderWay>();

  function isYoung({ monotonic, wall }: ReadUnderWay): boolean {
    const passed = clock.wall() - wall;
    if (passed < 0 || passed >= leaseMilliseconds) return false;
    return clock.monotonic() - monotonic < leaseMilliseconds;
  }

  return {
    read(key) {
      const shared = underWay.get(key);
      if (shared !== undefined && isYoung(shared)) return shared.reading;
      const [monotonic, wall] = [clock.monotonic(), clock.wall()];
      const reading = read(key).finally(() => {
        if (underWay.get(key)?.reading === reading) underWay.delete(key);
      });
      underWay.set(key, { monotonic, wall, reading });
      return reading;
    },
    forget(slot) {
      for (const key of underWay.keys()) if (slotOf(key) === slot) underWay.delete(key);
    },
  };
}
