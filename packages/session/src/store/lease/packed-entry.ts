import type { StoreKey } from '../../session-store.ts';

/** What a text was put with. */
export interface PackedEntry {
  readonly text: string;
  readonly deadline: number;
}

/*
 * An entry: its length in bytes (4), the characters of its text (4), its deadline (8), key without braces and colon
 * (38), text as UTF-8.
 */
const keyBytes = 38;
const headBytes = 16 + keyBytes;

/** How many bytes an entry of this text takes. */
export function entryBytes(text: string): number {
  return headBytes + Buffer.byteLength(text);
}

/** Writes an entry of {@link entryBytes} bytes at `at`. */
export function writeEntry(
  buffer: Buffer,
  at: number,
  { key, text, deadline }: PackedEntry & { readonly key: StoreKey },
): void {
  const written = buffer.write(text, at + headBytes, 'utf8');
  buffer.writeUInt32LE(headBytes + written, at);
  buffer.writeUInt32LE(text.length, at + 4);
  buffer.writeDoubleLE(deadline, at + 8);
  buffer.write(key.slice(1, 17) + key.slice(19), at + 16, 'latin1');
}

export function readEntry(buffer: Buffer, at: number): PackedEntry {
  const end = at + buffer.readUInt32LE(at);
  const start = at + headBytes;
  const isAscii = end - start === buffer.readUInt32LE(at + 4);
  const text = buffer.toString(isAscii ? 'latin1' : 'utf8', start, end);
  return { text, deadline: buffer.readDoubleLE(at + 8) };
}

/** Where the entry after this one begins. */
export function nextEntry(buffer: Buffer, at: number): number {
  return at + buffer.readUInt32LE(at);
}

/** The number of an entry's slot, as {@link slotNumber} has it. */
export function slotNumberAt(buffer: Buffer, at: number): number {
  return slotNumber(buffer.toString('latin1', at + 16, at + 21), 0);
}

/**
 * A number that stands in a slot, which begins at `from`. Of two slots that share one, memory has the one that came last;
 * nobody chooses slots so that they do, for only those that a store found come here.
 */
export function slotNumber(text: string, from: number): number {
  let number = 0;
  for (let at = from; at < from + 5; at += 1) number = number * 64 + (text.charCodeAt(at) & 63);
  return number;
}

export function isEntryOf(buffer: Buffer, at: number, key: StoreKey): boolean {
  for (let place = 0; place < 16; place += 1) {
    if (buffer[at + 16 + place] !== key.charCodeAt(1 + place)) return false;
  }
  for (let place = 16; place < keyBytes; place += 1) {
    if (buffer[at + 16 + place] !== key.charCodeAt(3 + place)) return false;
  }
  return true;
}
