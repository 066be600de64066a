import type { Slot, StoreKey } from '../../session-store.ts';

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

export interface PackedEntry {
  readonly text: string;
  readonly deadline: number;
}

/** A buffer that is filled from the front. */
interface Segment {
  /** Where its entries are, in the count of all segments. */
  readonly number: number;
  readonly buffer: Buffer;
  used: number;
}

/*
 * An entry: its length in bytes (4), the characters of its text (4), its deadline (8), key without braces and colon
 * (38), text as UTF-8.
 */
const keyBytes = 38;
const headBytes = 16 + keyBytes;
/** What an entry takes in the index besides; measured. */
const indexBytes = 40;
/** Numbers of segments begin again from here; far fewer are held at once, and places stay small numbers. */
const segmentNumbers = 1024;

/**
 * A number that stands in a slot. Of two slots that share one, memory has the one that came last; nobody chooses slots so
 * that they do, for only those that a store found come here.
 */
function numberOf(slot: string, from: number): number {
  let number = 0;
  for (let at = from; at < from + 5; at += 1) number = number * 64 + (slot.charCodeAt(at) & 63);
  return number;
}

/** `maxBytes` counts the buffers and the index. */
export function createPackedMemory(maxBytes: number): PackedMemory {
  const segmentBytes = Math.max(4096, Math.min(2 ** 20, maxBytes / 16), maxBytes / 512) & ~7;
  /** The oldest first; the last one is being filled. */
  const segments: Segment[] = [];
  const byNumber: (Segment | undefined)[] = [];
  /** By the number of the slot. */
  const places = new Map<number, number>();
  let filled = 0;

  function find(key: StoreKey): { buffer: Buffer; at: number } | null {
    const place = places.get(numberOf(key, 1));
    if (place === undefined) return null;
    const segment = byNumber[Math.floor(place / segmentBytes)];
    const at = place % segmentBytes;
    if (segment === undefined || !isKeyAt(segment.buffer, at + 16, key)) return null;
    return { buffer: segment.buffer, at };
  }

  function segmentWithRoom(bytes: number): Segment {
    const last = segments.at(-1);
    if (last !== undefined && last.used + bytes <= segmentBytes) return last;
    let buffer: Buffer | null = null;
    while (segments.length > 0 && held() + segmentBytes > maxBytes) buffer = dropOldest();
    filled = (filled + 1) % segmentNumbers;
    const next = {
      number: filled,
      buffer: buffer ?? Buffer.allocUnsafeSlow(segmentBytes),
      used: 0,
    };
    segments.push(next);
    byNumber[filled] = next;
    return next;
  }

  /** Forgets what lies in the oldest segment, and gives its buffer. */
  function dropOldest(): Buffer | null {
    const oldest = segments.shift();
    if (oldest === undefined) return null;
    const { buffer, number, used } = oldest;
    for (let at = 0; at < used; at += buffer.readUInt32LE(at)) {
      const slot = numberOf(buffer.toString('latin1', at + 16, at + 21), 0);
      if (places.get(slot) === number * segmentBytes + at) places.delete(slot);
    }
    byNumber[number] = undefined;
    return buffer;
  }

  const held = (): number => segments.length * segmentBytes + places.size * indexBytes;

  return {
    get(key) {
      const found = find(key);
      if (found === null) return null;
      const { buffer, at } = found;
      const end = at + buffer.readUInt32LE(at);
      const start = at + headBytes;
      const isAscii = end - start === buffer.readUInt32LE(at + 4);
      const text = buffer.toString(isAscii ? 'latin1' : 'utf8', start, end);
      return { text, deadline: buffer.readDoubleLE(at + 8) };
    },
    has: (key) => find(key) !== null,
    put(key, text, deadline) {
      const length = headBytes + Buffer.byteLength(text);
      if (length > segmentBytes / 4) return;
      const segment = segmentWithRoom(length);
      const { buffer, used: at } = segment;
      buffer.writeUInt32LE(length, at);
      buffer.writeUInt32LE(text.length, at + 4);
      buffer.writeDoubleLE(deadline, at + 8);
      buffer.write(key.slice(1, 17) + key.slice(19), at + 16, 'latin1');
      buffer.write(text, at + headBytes, 'utf8');
      segment.used += length;
      places.set(numberOf(key, 1), segment.number * segmentBytes + at);
      if (held() > maxBytes && segments.length > 1) dropOldest();
    },
    forget(slot) {
      places.delete(numberOf(slot, 0));
    },
    clear() {
      places.clear();
      segments.length = 0;
      byNumber.length = 0;
    },
    bytes: held,
  };
}

function isKeyAt(buffer: Buffer, at: number, key: StoreKey): boolean {
  for (let place = 0; place < 16; place += 1) {
    if (buffer[at + place] !== key.charCodeAt(1 + place)) return false;
  }
  for (let place = 16; place < keyBytes; place += 1) {
    if (buffer[at + place] !== key.charCodeAt(3 + place)) return false;
  }
  return true;
}
