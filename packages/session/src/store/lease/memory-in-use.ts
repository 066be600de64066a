import { type Reading, type Slot, type StoreKey, slotOf } from '../../session-store.ts';

/** A session in use, as what it was read as. */
export interface EntryInUse {
  readonly key: StoreKey;
  reading: Reading;
  /** By the monotonic clock. */
  readonly deadline: number;
  readonly bytes: number;
  /** Since the last look for something to drop. */
  wasUsed: boolean;
  /** Another session of the same slot. */
  readonly next: EntryInUse | null;
}

/** Sessions in use, by slot. */
export interface MemoryInUse {
  find(key: StoreKey): EntryInUse | null;
  keep(key: StoreKey, reading: Reading, deadline: number): void;
  drop(slot: Slot): void;
  clear(): void;
  /** Bytes held, as estimated. */
  bytes(): number;
}

/** Bytes that a session in use takes besides its app data; measured with the heap of 100,000 of them. */
const entryBytes = 1_000;

/** Beyond `maxBytes` sessions that were not used lately are dropped; `onDropped` is given the one kept last of each slot. */
export function createMemoryInUse(
  maxBytes: number,
  onDropped: (entry: EntryInUse) => void,
): MemoryInUse {
  /** By key, as requests ask: a slot cut out of it would be hashed and compared letter by letter each time. */
  const entries = new Map<StoreKey, EntryInUse>();
  const slots = new Map<Slot, EntryInUse>();
  let bytes = 0;
  let sweeper = slots.values();

  function drop(slot: Slot): void {
    for (let entry = slots.get(slot) ?? null; entry !== null; entry = entry.next) {
      bytes -= entry.bytes;
      entries.delete(entry.key);
    }
    slots.delete(slot);
  }

  /** What was used since the last look is passed over, once. */
  function makeRoom(): void {
    while (bytes > maxBytes) {
      const next = sweeper.next();
      // From the front again; only ever one walk at a time, for the front of a map gets slow where much was taken out.
      if (next.done) sweeper = slots.values();
      else if (next.value.wasUsed) next.value.wasUsed = false;
      else {
        drop(slotOf(next.value.key));
        onDropped(next.value);
      }
    }
  }

  return {
    find: (key) => entries.get(key) ?? null,
    keep(key, reading, deadline) {
      const size = entryBytes + 2 * reading.session.data.length;
      const slot = slotOf(key);
      const next = slots.get(slot) ?? null;
      const entry: EntryInUse = { key, reading, deadline, bytes: size, wasUsed: true, next };
      entries.set(key, entry);
      slots.set(slot, entry);
      bytes += size;
      if (bytes > maxBytes) makeRoom();
    },
    drop,
    clear() {
      entries.clear();
      slots.clear();
      bytes = 0;
    },
    bytes: () => bytes,
  };
}
