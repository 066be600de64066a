import type { MaybePromise } from '../../platform.ts';
import type { Reading, SessionStore, Slot, StoreKey } from '../../session-store.ts';
import { createLease, type LeaseClock } from './lease.ts';
import { createLeasedMemory } from './leased-memory.ts';
import { createRenewal } from './renewal.ts';
import { createSharedReads } from './shared-reads.ts';
import type { TrackedChannel } from './tracked-channel.ts';
import { createTrackedReads } from './tracked-reads.ts';

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

/** Memory first, by the rule of `lease.ts`; a hit is synchronous. */
export function createLeasedReads(options: LeasedReadsOptions): LeasedReads {
  const { store, channel, clock } = options;
  const lease = createLease(clock);
  const memory = createLeasedMemory(options.maxBytes);
  const { noteHit, stop } = createRenewal(lease, channel);
  const { isSource, read } = createTrackedReads({ store, channel, clock, lease, memory });
  const shared = createSharedReads(clock, read);

  channel.onChange((slot) => (slot === null ? memory.clear() : memory.forget(slot)));

  return {
    read(key) {
      const connection = channel.current();
      if (connection !== null && isSource(connection)) {
        // Asked once for both: a look at a clock is a fifth of a hit.
        const monotonic = clock.monotonic();
        const known = lease.isHeld(connection, monotonic) ? memory.get(key, monotonic) : null;
        if (known !== null) {
          noteHit();
          return known;
        }
      }
      return shared.read(key);
    },
    forget(slot) {
      memory.forget(slot);
      shared.forget(slot);
    },
    used: (key, usedAt) => memory.used(key, usedAt),
    stop() {
      stop();
      memory.clear();
    },
  };
}
