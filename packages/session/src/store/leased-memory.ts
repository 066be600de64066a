import { type Reading, type Slot, type StoreKey, slotOf } from '../session-store.ts';

/** A read under way, whose answer may be kept unless its slot changed meanwhile. */
export interface Fill {
  readonly slot: Slot;
  isStale: boolean;
  readers: number;
}

/** The sessions that a process remembers, bounded by bytes. Knows nothing of leases; see `leased-store.ts`. */
export interface LeasedMemory {
  /** What is remembered for a key and not past its own deadline (by `monotonic`). */
  get(key: StoreKey, monotonic: number): Reading | null;
  /** Begins a read of a slot. */
  begin(slot: Slot): Fill;
  /** Ends it; keeps the reading unless the slot was forgotten since {@link LeasedMemory.begin}. */
  finish(fill: Fill, key: StoreKey, reading: Reading | null, deadline: number): void;
  /** Notes a use that was just recorded, so that it is not recorded again for each request. */
  used(key: StoreKey, usedAt: number): void;
  forget(slot: Slot): void;
  clear(): void;
  /** Bytes remembered, as estimated. */
  bytes(): number;
}

interface Entry {
  readonly key: StoreKey;
  reading: Reading;
  /** By the monotonic clock. */
  readonly deadline: number;
  readonly bytes: number;
  /** Since the last look for something to drop. */
  wasUsed: boolean;
  /** Another session of the same slot. */
  readonly next: Entry | null;
}

/** Bytes that an entry takes besides its app data; measured with the heap of 100,000 entries. */
const entryBytes = 1_000;

/** `maxBytes`: beyond it what was not used lately is dropped. */
export function createLeasedMemory(maxBytes: number): LeasedMemory {
  const slots = new Map<Slot, Entry>();
  const fills = new Map<Slot, Fill>();
  let bytes = 0;

  function find(key: StoreKey): Entry | null {
    let entry: Entry | null = slots.get(slotOf(key)) ?? null;
    while (entry !== null && entry.key !== key) entry = entry.next;
    return entry;
  }

  function drop(slot: Slot): void {
    for (let entry = slots.get(slot) ?? null; entry !== null; entry = entry.next) {
      bytes -= entry.bytes;
    }
    slots.delete(slot);
  }

  /** Second chance: what was used since the last look goes to the end of the row, once. */
  function makeRoom(): void {
    for (const [slot, entry] of slots) {
      if (bytes <= maxBytes) return;
      if (entry.wasUsed) {
        entry.wasUsed = false;
        slots.delete(slot);
        slots.set(slot, entry);
      } else drop(slot);
    }
  }

  return {
    get(key, monotonic) {
      const entry = find(key);
      if (entry === null || monotonic >= entry.deadline) return null;
      entry.wasUsed = true;
      return entry.reading;
    },
    begin(slot) {
      const fill = fills.get(slot) ?? { slot, isStale: false, readers: 0 };
      fill.readers += 1;
      fills.set(slot, fill);
      return fill;
    },
    finish(fill, key, reading, deadline) {
      fill.readers -= 1;
      if (fill.readers === 0 && fills.get(fill.slot) === fill) fills.delete(fill.slot);
      if (fill.isStale || reading === null) return;
      if (find(key) !== null) drop(fill.slot);
      const size = entryBytes + 2 * reading.session.data.length;
      const next = slots.get(fill.slot) ?? null;
      slots.set(fill.slot, { key, reading, deadline, bytes: size, wasUsed: true, next });
      bytes += size;
      if (bytes > maxBytes) makeRoom();
    },
    used(key, usedAt) {
      const entry = find(key);
      if (entry !== null) entry.reading = { ...entry.reading, usedAt };
    },
    forget(slot) {
      const fill = fills.get(slot);
      if (fill !== undefined) {
        fill.isStale = true;
        // Whoever begins to read from now on may keep what it finds.
        fills.delete(slot);
      }
      drop(slot);
    },
    clear() {
      for (const fill of fills.values()) fill.isStale = true;
      fills.clear();
      slots.clear();
      bytes = 0;
    },
    bytes: () => bytes,
  };
}
