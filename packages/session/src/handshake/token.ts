import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Slot } from '../session-store.ts';

/**
 * The one-time token that carries a sign-in to an app: AES-256-GCM under a key that only this app and the login host
 * have. Inside: the slot of the sign-in and the time; bound as additional data: app, origin and `state`. It holds no
 * session id and opens nothing by itself: the app must still take it (once), find the sign-in live, and be in the
 * browser that began the hop. 63 characters, base64url.
 *
 * Layout: version (1 byte) | nonce (12) | ciphertext of slot (12) and milliseconds (6) | tag (16).
 */
const version = 1;
const nonceBytes = 12;
const slotBytes = 12;
const timeBytes = 6;
const tagBytes = 16;
const tokenBytes = 1 + nonceBytes + slotBytes + timeBytes + tagBytes;
const pattern = /^[A-Za-z0-9_-]{63}$/;

/** Milliseconds a token may be old. */
export const tokenLifeMilliseconds = 60_000;
/** Milliseconds it may come from the future: clocks of machines that share a store differ by less. */
export const tokenSkewMilliseconds = 5_000;
/** Seconds a token's id is remembered after use: longer than any token that could be shown again. */
export const tokenMemorySeconds = 120;

/** What a token is bound to. */
export interface TokenBinding {
  readonly app: string;
  /** The app's configured origin, never the request's `Host`. */
  readonly origin: string;
  readonly state: string;
}

/** A token that opened; `id` is for the store to take, once. */
export interface OpenedToken {
  readonly kind: 'opened';
  readonly slot: Slot;
  readonly id: string;
}

/** Why a token did not open. */
export interface RefusedToken {
  readonly kind: 'refused';
  readonly why: 'malformed' | 'forged' | 'expired' | 'from-the-future';
}

/** Seals a token under the newest key of the app. `now` by the session store's clock. */
export function mintToken(
  key: Buffer,
  slot: Slot,
  binding: TokenBinding,
  now: number,
  randomBytes: (size: number) => Buffer,
): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(associatedData(binding));
  const plain = Buffer.alloc(slotBytes + timeBytes);
  plain.write(slot, 'base64url');
  plain.writeUIntBE(now, slotBytes, timeBytes);
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([Buffer.of(version), nonce, sealed, cipher.getAuthTag()]).toString(
    'base64url',
  );
}

/** Opens a token under any of the app's keys. Does not check that it is used once: the store does. Never throws. */
export function openToken(
  keys: readonly Buffer[],
  token: string,
  binding: TokenBinding,
  now: number,
): OpenedToken | RefusedToken {
  const bytes = pattern.test(token) ? Buffer.from(token, 'base64url') : null;
  if (bytes === null || bytes.length !== tokenBytes || bytes[0] !== version) {
    return { kind: 'refused', why: 'malformed' };
  }
  // Base64url has spare bits at the end: two texts must not be one token.
  if (bytes.toString('base64url') !== token) return { kind: 'refused', why: 'malformed' };
  for (const key of keys) {
    const plain = decrypt(key, bytes, binding);
    if (plain !== null) return judge(plain, bytes, now);
  }
  return { kind: 'refused', why: 'forged' };
}

function judge(plain: Buffer, bytes: Buffer, now: number): OpenedToken | RefusedToken {
  const age = now - plain.readUIntBE(slotBytes, timeBytes);
  if (age >= tokenLifeMilliseconds) return { kind: 'refused', why: 'expired' };
  if (age < -tokenSkewMilliseconds) return { kind: 'refused', why: 'from-the-future' };
  return {
    kind: 'opened',
    slot: plain.toString('base64url', 0, slotBytes) as Slot,
    // The nonce is 96 random bits and covered by the tag: it names this token and no other.
    id: bytes.toString('base64url', 1, 1 + nonceBytes),
  };
}

function decrypt(key: Buffer, bytes: Buffer, binding: TokenBinding): Buffer | null {
  const nonce = bytes.subarray(1, 1 + nonceBytes);
  const sealed = bytes.subarray(1 + nonceBytes, tokenBytes - tagBytes);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(associatedData(binding));
  decipher.setAuthTag(bytes.subarray(tokenBytes - tagBytes));
  try {
    return Buffer.concat([decipher.update(sealed), decipher.final()]);
  } catch {
    return null;
  }
}

function associatedData({ app, origin, state }: TokenBinding): Buffer {
  return Buffer.from(`latchkey handshake v1\n${app}\n${origin}\n${state}`);
}
