// Owns what travels in a handshake: tokens, the flow with its return path, invitations, and how each is sealed and
// judged. It neither redirects nor stores: the steps at an app belong to `hop/`, those at the login host to
// `@latchkey/server`.

import { envelopeBytes, seal, unseal } from '../sealed-envelope.ts';
import type { Slot } from '../session-store.ts';

/**
 * The one-time token that carries a sign-in to an app: sealed under a key that only this app and the login host
 * have. Inside: the slot of the sign-in (12 bytes) and milliseconds (6); bound to app, origin and `state`. It holds no
 * session id and opens nothing by itself: the app must still take it (once), find the sign-in live, and be in the
 * browser that began the hop. 63 characters, base64url.
 */
const slotBytes = 12;
const timeBytes = 6;
const plainBytes = slotBytes + timeBytes;
const tokenCharacters = Math.ceil(((envelopeBytes + plainBytes) * 4) / 3);

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

/** What a token says, and what it is bound to. */
export interface TokenFacts extends TokenBinding {
  /** Of the sign-in that it carries. */
  readonly slot: Slot;
  /** Milliseconds since 1970, by the session store's clock. */
  readonly at: number;
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

/** Seals a token under the newest key of the app. */
export function mintToken(
  key: Buffer,
  { slot, at, ...binding }: TokenFacts,
  randomBytes: (size: number) => Buffer,
): string {
  const plain = Buffer.alloc(plainBytes);
  plain.write(slot, 'base64url');
  plain.writeUIntBE(at, slotBytes, timeBytes);
  return seal({ keys: [key], purpose: purposeOf(binding) }, plain, randomBytes);
}

/** Opens a token under any of the app's keys. Does not check that it is used once: the store does. Never throws. */
export function openToken(
  keys: readonly Buffer[],
  token: string,
  { now, ...binding }: TokenBinding & { readonly now: number },
): OpenedToken | RefusedToken {
  if (token.length !== tokenCharacters) return { kind: 'refused', why: 'malformed' };
  const opened = unseal({ keys, purpose: purposeOf(binding) }, token);
  if (opened.kind === 'refused') return opened;
  const { plain, id } = opened;
  const ageMilliseconds = now - plain.readUIntBE(slotBytes, timeBytes);
  if (ageMilliseconds >= tokenLifeMilliseconds) return { kind: 'refused', why: 'expired' };
  if (ageMilliseconds < -tokenSkewMilliseconds) return { kind: 'refused', why: 'from-the-future' };
  return { kind: 'opened', slot: plain.toString('base64url', 0, slotBytes) as Slot, id };
}

function purposeOf({ app, origin, state }: TokenBinding): string {
  return `latchkey handshake v1\n${app}\n${origin}\n${state}`;
}
