import { BoundedMap } from '../../bounded-map.ts';
import { type Slot, type StoreKey, slotOf } from '../../session-store.ts';
import { freezeSignIn } from '../freeze-sign-in.ts';
import type { StoredSession, StoredSlot } from '../slot-table.ts';

/** What is stored at a store key and at its slot. */
export interface FoundRows {
  readonly session: StoredSession | null;
  readonly slot: StoredSlot | null;
}

export interface VersionedMemoryOptions {
  /** A number that is another whenever anybody but this process changed anything since it was last asked for. */
  readonly readVersion: () => number;
  readonly readRows: (key: StoreKey) => FoundRows;
  /** Slots remembered at most. Default 16,384. */
  readonly maxSlots?: number;
}

/** Rows that were read at the version the data still has. */
export interface VersionedMemory {
  /** Asks for the version each time, and for the rows where they are not remembered from that version. */
  find(key: StoreKey): FoundRows;
  /** Before each write of this process to a slot. */
  forget(slot: Slot): void;
}

interface Remembered {
  readonly key: StoreKey;
  readonly rows: FoundRows;
}

/** Characters of app data beyond which a session is not remembered, so that memory stays in bounds. */
const maxDataLength = 4096;
/** Reads done without memory for each that memory could not answer, where others write all the time. */
const restFactor = 20;
const longestRest = 100_000;

/**
 * Memory that is as exact as reading: it is asked only after the version was, and forgets everything when that has
 * changed. Asking for the version costs a part of reading the rows, so where it changes too often for anything to be
 * found again, memory rests for a while.
 */
export function createVersionedMemory(options: VersionedMemoryOptions): VersionedMemory {
  const { readVersion, readRows, maxSlots = 16_384 } = options;
  const remembered = new BoundedMap<Slot, Remembered>(maxSlots);
  let version: number | null = null;
  let hits = 0;
  let misses = 0;
  let readsToRest = 0;

  function startOver(): void {
    if (misses > hits) readsToRest = Math.min(restFactor * misses, longestRest);
    hits = 0;
    misses = 0;
    remembered.clear();
  }

  return {
    find(key) {
      if (readsToRest > 0) {
        readsToRest -= 1;
        return readRows(key);
      }
      const now = readVersion();
      if (now !== version) startOver();
      version = now;
      const slot = slotOf(key);
      const known = remembered.get(slot);
      if (known !== undefined && known.key === key) {
        hits += 1;
        return known.rows;
      }
      misses += 1;
      const rows = readRows(key);
      if (isWorthIt(rows) && remembered.takesNew())
        remembered.set(slot, { key, rows: freeze(rows) });
      return rows;
    },
    forget(slot) {
      remembered.delete(slot);
    },
  };
}

/** Not what was not found either: ids that somebody makes up must not drive out those that are used. */
function isWorthIt({ session }: FoundRows): boolean {
  const record = session?.record ?? null;
  return record !== null && record.data.length <= maxDataLength;
}

function freeze(rows: FoundRows): FoundRows {
  const signIn = rows.slot?.signIn;
  if (signIn) freezeSignIn(signIn);
  return rows;
}
