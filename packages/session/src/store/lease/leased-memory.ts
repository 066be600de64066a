import type { Reading, Slot, StoreKey } from '../../session-store.ts';
import { freezeSignIn } from '../freeze-sign-in.ts';
import { createFills, type Fill } from './fills.ts';
import { createMemoryInUse } from './memory-in-use.ts';
import { createPackedMemory } from './packed-memory.ts';
import { packReading, unpackReading } from './packed-reading.ts';

/** The sessions that a process remembers, bounded by bytes. Knows nothing of leases; see `leased-store.ts`. */
export interface LeasedMemory {
  /** What is remembered for a key and not past its own deadline (by `monotonic`). */
  get(key: StoreKey, monotonic: number): Reading | null;
  /** Begins a read of a slot. */
  begin(slot: Slot): Fill;
  /** Ends it; keeps the reading unless the slot was forgotten since {@link LeasedMemory.begin}. */
  finish(fill: Fill, reading: Reading | null, deadline: number): void;
  /** Notes a use that was just recorded, so that it is not recorded again for each request. */
  used(key: StoreKey, usedAt: number): void;
  forget(slot: Slot): void;
  clear(): void;
  /** Bytes held: buffers as they are, objects as estimated. */
  bytes(): number;
}

/**
 * Bytes for sessions in use at most: some eleven thousand. Beyond, sessions that take turns are unpacked at each turn, which
 * costs more than all the rest of a check.
 */
const maxInUse = 11_534_336;
const minInUse = 16_384;

/**
 * Sessions in use are kept as what they are read as. Those that were not used lately are packed, at a fifth of the bytes, and
 * cost some microseconds to unpack when they are used again. `maxBytes`: beyond it the ones packed first are dropped.
 */
export function createLeasedMemory(maxBytes: number): LeasedMemory {
  const bytesInUse = Math.min(maxInUse, Math.max(minInUse, Math.floor(maxBytes / 2)));
  const fills = createFills();
  const packed = createPackedMemory(maxBytes - bytesInUse);
  const inUse = createMemoryInUse(bytesInUse, ({ key, reading, deadline }) => {
    if (!packed.has(key)) packed.put(key, packReading(reading), deadline);
  });
  const { find } = inUse;

  function unpack(key: StoreKey, monotonic: number): Reading | null {
    const entry = packed.get(key);
    if (entry === null || monotonic >= entry.deadline) return null;
    const reading = unpackReading(key, entry.text);
    if (reading !== null) inUse.keep(key, freeze(reading), entry.deadline);
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
    begin: (slot) => fills.begin(slot),
    finish(fill, reading, deadline) {
      fills.end(fill);
      if (fill.isStale || reading === null) return;
      const { key } = reading;
      if (find(key) !== null) inUse.drop(fill.slot);
      packed.put(key, packReading(reading), deadline);
    },
    used(key, usedAt) {
      const entry = find(key);
      if (entry !== null) entry.reading = { ...entry.reading, usedAt };
    },
    forget(slot) {
      fills.invalidate(slot);
      packed.forget(slot);
      inUse.drop(slot);
    },
    clear() {
      fills.invalidateAll();
      packed.clear();
      inUse.clear();
    },
    bytes: () => inUse.bytes() + packed.bytes(),
  };
}

function freeze(reading: Reading): Reading {
  if (reading.signIn !== null) freezeSignIn(reading.signIn);
  return reading;
}
