import { type Reading, type Slot, type StoreKey, slotOf } from '../../session-store.ts';
import { createPackedMemory } from './packed-memory.ts';
import { packReading, unpackReading } from './packed-reading.ts';

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
  /** Bytes held: buffers as they are, objects as estimated. */
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

/** Bytes that a session in use takes besides its app data; measured with the heap of 100,000 of them. */
const entryBytes = 1_000;
/**
 * Bytes for sessions in use at most: some eleven thousand. Beyond, sessions that take turns are unpacked at each turn, which
 * costs more than all the rest of a check.
 */
const maxInUse = 11_534_336;
const minInUse = 16_384;

/**
 * Sessions in use are kept as what they are read as. Those that were not used lately lie packed, at a fifth of the bytes, and
 * cost some microseconds to unpack when they are used again. `maxBytes`: beyond it the ones packed first are dropped.
 */
export function createLeasedMemory(maxBytes: number): LeasedMemory {
  const slots = new Map<Slot, Entry>();
  const fills = new Map<Slot, Fill>();
  const inUse = Math.min(maxInUse, Math.max(minInUse, Math.floor(maxBytes / 2)));
  const packed = createPackedMemory(maxBytes - inUse);
  let bytes = 0;
  let sweeper = slots.values();

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

  function keep(key: StoreKey, reading: Reading, deadline: number): void {
    const size = entryBytes + 2 * reading.session.data.length;
    const next = slots.get(slotOf(key)) ?? null;
    slots.set(slotOf(key), { key, reading, deadline, bytes: size, wasUsed: true, next });
    bytes += size;
    if (bytes > inUse) makeRoom();
  }

  /** What was used since the last look is passed over, once. */
  function makeRoom(): void {
    while (bytes > inUse) {
      const next = sweeper.next();
      // From the front again; only ever one walk at a time, for the front of a map gets slow where much was taken out.
      if (next.done) sweeper = slots.values();
      else if (next.value.wasUsed) next.value.wasUsed = false;
      else {
        drop(slotOf(next.value.key));
        pack(next.value);
      }
    }
  }

  function pack({ key, reading, deadline }: Entry): void {
    if (!packed.has(key)) packed.put(key, packReading(reading), deadline);
  }

  function unpack(key: StoreKey, monotonic: number): Reading | null {
    const entry = packed.get(key);
    if (entry === null || monotonic >= entry.deadline) return null;
    const reading = unpackReading(key, entry.text);
    if (reading !== null) keep(key, freeze(reading), entry.deadline);
    return reading;
  }

  return {
    get(key, monotonic) {
      const entry = find(key);
      if (entry === null) return unpack(key, monotonic);
      if (monotonic >= entry.deadline) return null;
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
      packed.put(key, packReading(reading), deadline);
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
      packed.forget(slot);
      drop(slot);
    },
    clear() {
      for (const fill of fills.values()) fill.isStale = true;
      fills.clear();
      packed.clear();
      slots.clear();
      bytes = 0;
    },
    bytes: () => bytes + packed.bytes(),
  };
}

/** Many requests are given it, and apps hold the account: what one of them changed the others would see. */
function freeze(reading: Reading): Reading {
  const { signIn } = reading;
  if (signIn !== null) {
    for (const part of [signIn, signIn.account, signIn.methods, signIn.apps]) Object.freeze(part);
  }
  return reading;
}
