/*
 * Numbers, ids and words as short text. Numbers and ids take the 128 characters of ASCII, seven bits each: bytes would be
 * a seventh shorter, but text comes back unharmed from every client, also from one that takes all replies for UTF-8.
 */

/** Where a reader stands in a text. What is read past the end, or is no number, marks it as broken. */
export interface Cursor {
  readonly text: string;
  at: number;
  isBroken: boolean;
}

export function cursorAt(text: string, at: number): Cursor {
  return { text, at, isBroken: false };
}

/** A whole number from 0 in exactly `length` characters; what does not fit becomes the largest that does. */
export function digits(value: number, length: number): string {
  let rest = Math.min(Math.max(0, Math.floor(value)), 128 ** length - 1);
  let text = '';
  for (let place = 0; place < length; place += 1) {
    const above = Math.floor(rest / 128);
    text = String.fromCharCode(rest - above * 128) + text;
    rest = above;
  }
  return text;
}

export function takeDigits(cursor: Cursor, length: number): number {
  const { text } = cursor;
  const end = cursor.at + length;
  let value = 0;
  for (let at = cursor.at; at < end; at += 1) value = value * 128 + text.charCodeAt(at);
  cursor.at = end;
  // Past the end there is no code, and what comes of it is no number.
  if (Number.isNaN(value)) cursor.isBroken = true;
  return value;
}

/** A whole number from 0 in as few characters as it needs: six bits each, the seventh says that more follow. */
export function count(value: number): string {
  let text = String.fromCharCode(value % 64);
  for (let rest = Math.floor(value / 64); rest > 0; rest = Math.floor(rest / 64)) {
    text = String.fromCharCode(64 + (rest % 64)) + text;
  }
  return text;
}

export function takeCount(cursor: Cursor): number {
  const { text } = cursor;
  let code = text.charCodeAt(cursor.at);
  let value = code % 64;
  while (code >= 64 && value <= Number.MAX_SAFE_INTEGER) {
    cursor.at += 1;
    code = text.charCodeAt(cursor.at);
    value = value * 64 + (code % 64);
  }
  cursor.at += 1;
  if (!(value <= Number.MAX_SAFE_INTEGER && code < 64)) cursor.isBroken = true;
  return value;
}

/** A whole number of either sign. */
export function signedCount(value: number): string {
  return count(value < 0 ? -2 * value - 1 : 2 * value);
}

export function takeSignedCount(cursor: Cursor): number {
  const value = takeCount(cursor);
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

/**
 * Text of any kind, twice its length first. One more says that each of its UTF-16 units follows as a number: half of a
 * surrogate pair has no form in UTF-8 and would come back as another character.
 */
export function counted(text: string): string {
  if (text.isWellFormed()) return count(2 * text.length) + text;
  const units = Array.from({ length: text.length }, (_, at) => digits(text.charCodeAt(at), 3));
  return count(2 * text.length + 1) + units.join('');
}

export function takeCounted(cursor: Cursor): string {
  const value = takeCount(cursor);
  const length = Math.floor(value / 2);
  if (value % 2 === 0) return takeText(cursor, length);
  let text = '';
  for (let left = length; left > 0 && !cursor.isBroken; left -= 1) {
    text += String.fromCharCode(takeDigits(cursor, 3));
  }
  return text;
}

export function takeText(cursor: Cursor, length: number): string {
  const end = cursor.at + length;
  if (!(end <= cursor.text.length)) {
    cursor.isBroken = true;
    return '';
  }
  const text = cursor.text.slice(cursor.at, end);
  cursor.at = end;
  return text;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Where the version of a UUID stands once the dashes are gone (RFC 9562). */
const versionAt = 12;

/** The 32 digits of a UUID in lower-case letters; null for anything else. */
export function hexOfUuid(value: string): string | null {
  return uuid.test(value) ? value.replaceAll('-', '') : null;
}

export function isRandomUuid(hex: string): boolean {
  return hex[versionAt] === '4';
}

/** The digits of a random UUID (version 4) in 18 characters: the version goes without saying. */
export function packRandomUuid(hex: string): string {
  return packHex(hex.slice(0, versionAt) + hex.slice(versionAt + 1));
}

export function takeRandomUuid(cursor: Cursor): string {
  const hex = takeHex(cursor, 31);
  return dashed(`${hex.slice(0, versionAt)}4${hex.slice(versionAt)}`);
}

/** The digits of any UUID in 19 characters. */
export function packUuid(hex: string): string {
  return packHex(hex);
}

export function takeUuid(cursor: Cursor): string {
  return dashed(takeHex(cursor, 32));
}

function dashed(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Four characters for seven hex digits, and two or three for the rest. */
function packHex(hex: string): string {
  let text = '';
  for (let at = 0; at < 28; at += 7) text += digits(Number.parseInt(hex.slice(at, at + 7), 16), 4);
  const rest = hex.slice(28);
  return text + digits(Number.parseInt(rest, 16), rest.length - 1);
}

function takeHex(cursor: Cursor, length: number): string {
  const { text, at } = cursor;
  let hex = '';
  for (let from = at; from < at + 16; from += 4) {
    const value =
      (text.charCodeAt(from) << 21) |
      (text.charCodeAt(from + 1) << 14) |
      (text.charCodeAt(from + 2) << 7) |
      text.charCodeAt(from + 3);
    hex += hexDigits[(value >>> 24) & 15] ?? '';
    hex += `${hexBytes[(value >>> 16) & 255]}${hexBytes[(value >>> 8) & 255]}${hexBytes[value & 255]}`;
  }
  cursor.at = at + 16;
  const rest = takeDigits(cursor, length - 29);
  return hex + rest.toString(16).padStart(length - 28, '0');
}

const hexDigits: readonly string[] = [...'0123456789abcdef'];
const hexBytes: readonly string[] = hexDigits.flatMap((first) =>
  hexDigits.map((second) => first + second),
);
