import type { Slot, StoreKey } from '../../session-store.ts';
import {
  entryBytes,
  isEntryOf,
  nextEntry,
  type PackedEntry,
  readEntry,
  slotNumber,
  slotNumberAt,
  writeEntry,
} from './packed-entry.ts';
import { createSegments, type Segment } from './segments.ts';

/** Texts by store key in a few large buffers, one for each slot; the oldest go when there is no more room. */
export interface PackedMemory {
  /** What is remembered for a key, or null. */
  get(key: StoreKey): PackedEntry | null;
  has(key: StoreKey): boolean;
  /** Remembers a text instead of what there was in its slot; one of more than a quarter of a segment is left out. */
  put(key: StoreKey, text: string, deadline: number): void;
  forget(slot: Slot): void;
  clear(): void;
  /** Bytes held, used or not. */
  bytes(): number;
}

/** What an entry takes in the index besides; measured. */
const indexBytes = 40;

/** `maxBytes` counts the buffers and the index. */
export function createPackedMemory(maxBytes: number): PackedMemory {
  const segmentBytes = Math.max(4096, Math.min(2 ** 20, maxBytes / 16), maxBytes / 512) & ~7;
  const segments = createSegments(segmentBytes);
  /** By the number of the slot. */
  const places = new Map<number, number>();

  function find(key: StoreKey): { buffer: Buffer; at: number } | null {
    const place = places.get(slotNumber(key, 1));
    if (place === undefined) return null;
    const segment = segments.at(Math.floor(place / segmentBytes));
    const at = place % segmentBytes;
    if (segment === undefined || !isEntryOf(segment.buffer, at, key)) return null;
    return { buffer: segment.buffer, at };
  }

  function segmentWithRoom(bytes: number): Segment {
    const last = segments.last();
    if (last !== undefined && last.used + bytes <= segmentBytes) return last;
    let buffer: Buffer | null = null;
    while (segments.count() > 0 && held() + segmentBytes > maxBytes) buffer = dropOldest();
    return segments.add(buffer);
  }

  /** Forgets what is stored in the oldest segment, and gives its buffer. */
  function dropOldest(): Buffer | null {
    const oldest = segments.takeOldest();
    if (oldest === undefined) return null;
    const { buffer, number, used } = oldest;
    for (let at = 0; at < used; at = nextEntry(buffer, at)) {
      const slot = slotNumberAt(buffer, at);
      if (places.get(slot) === number * segmentBytes + at) places.delete(slot);
    }
    return buffer;
  }

  const held = (): number => segments.count() * segmentBytes + places.size * indexBytes;

  return {
    get(key) {
      const found = find(key);
      return found === null ? null : readEntry(found.buffer, found.at);
    },
    has: (key) => find(key) !== null,
    put(key, text, deadline) {
      const bytes = entryBytes(text);
      if (bytes > segmentBytes / 4) return;
      const segment = segmentWithRoom(bytes);
      const at = segment.used;
      writeEntry(segment.buffer, at, { key, text, deadline });
      segment.used += bytes;
      places.set(slotNumber(key, 1), segment.number * segmentBytes + at);
      if (held() > maxBytes && segments.count() > 1) dropOldest();
    },
    forget(slot) {
      places.delete(slotNumber(slot, 0));
    },
    clear() {
      places.clear();
      segments.clear();
    },
    bytes: held,
  };
}
