/*
 * Bits one after the other, seven to a character: for what would leave a part of each character empty if it stood alone.
 */
import type { Cursor } from './compact-text.ts';
import { hexBytes, hexOfUuid } from './compact-text.ts';

/** Bits that are put down: whole characters, and those of the next one. */
export interface BitWriter {
  text: string;
  held: number;
  size: number;
}

export function bitWriter(): BitWriter {
  return { text: '', held: 0, size: 0 };
}

/** A whole number from 0 in exactly `size` bits, 16 at most. */
export function putBits(writer: BitWriter, value: number, size: number): void {
  writer.held = (writer.held << size) | value;
  writer.size += size;
  while (writer.size >= 7) {
    writer.size -= 7;
    writer.text += String.fromCharCode(writer.held >>> writer.size);
    writer.held &= (1 << writer.size) - 1;
  }
}

/** All that was put down. What is left of the last character is ones. */
export function textOfBits(writer: BitWriter): string {
  if (writer.size > 0) putBits(writer, (1 << (7 - writer.size)) - 1, 7 - writer.size);
  return writer.text;
}

/** Where a reader stands in a text: `used` bits of the character at the cursor are behind it. */
export interface BitCursor {
  readonly cursor: Cursor;
  used: number;
}

export function bitsAt(cursor: Cursor): BitCursor {
  return { cursor, used: 0 };
}

/** A number in `size` bits, 16 at most. What is read past the end marks the text as broken. */
export function takeBits(bits: BitCursor, size: number): number {
  const { cursor } = bits;
  let value = 0;
  let missing = size;
  while (missing > 0) {
    const code = cursor.text.charCodeAt(cursor.at);
    // Also where there is no code.
    if (!(code < 128)) {
      cursor.isBroken = true;
      return 0;
    }
    const left = 7 - bits.used;
    const taken = Math.min(left, missing);
    value = (value << taken) | ((code >> (left - taken)) & ((1 << taken) - 1));
    missing -= taken;
    bits.used += taken;
    if (bits.used === 7) {
      bits.used = 0;
      cursor.at += 1;
    }
  }
  return value;
}

/** Whether nothing is left of the text but the ones that fill its last character. */
export function isLastBit({ cursor, used }: BitCursor): boolean {
  const { text, at } = cursor;
  if (used === 0) return at >= text.length;
  const filling = (1 << (7 - used)) - 1;
  return at === text.length - 1 && (text.charCodeAt(at) & filling) === filling;
}

/** Goes on to the next whole character. */
export function endBits(bits: BitCursor): void {
  if (bits.used > 0) bits.cursor.at += 1;
  bits.used = 0;
}

/** A random UUID as RFC 9562 section 5.4 has it, in digits; null for anything else. */
export function randomUuidHex(value: string): string | null {
  const hex = hexOfUuid(value);
  return hex !== null && /^.{12}4...[89ab]/.test(hex) ? hex : null;
}

/** Its 122 bits: version and variant go without saying. */
export function putRandomUuid(writer: BitWriter, hex: string): void {
  const part = (from: number, to: number): number => Number.parseInt(hex.slice(from, to), 16);
  for (const from of [0, 4, 8]) putBits(writer, part(from, from + 4), 16);
  putBits(writer, part(13, 16), 12);
  putBits(writer, part(16, 20) & 0x3fff, 14);
  for (const from of [20, 24, 28]) putBits(writer, part(from, from + 4), 16);
}

export function takeRandomUuidBits(bits: BitCursor): string {
  const start = `${hex16(takeBits(bits, 16))}${hex16(takeBits(bits, 16))}-${hex16(takeBits(bits, 16))}`;
  const third = hex16(0x4000 | takeBits(bits, 12));
  const fourth = hex16(0x8000 | takeBits(bits, 14));
  const end = hex16(takeBits(bits, 16)) + hex16(takeBits(bits, 16)) + hex16(takeBits(bits, 16));
  return `${start}-${third}-${fourth}-${end}`;
}

function hex16(value: number): string {
  return `${hexBytes[value >>> 8]}${hexBytes[value & 255]}`;
}
