// Owns the session id: how it is made, its exact form, its hash with the realm, those a process
// has seen lately. The cookie around it belongs to `cookie/`, what is stored under the hash to
// `store/`.

import { hash } from 'node:crypto';
import type { RealmKey } from '../realm.ts';
import type { Slot, StoreKey } from '../session-store.ts';

declare const sessionIdBrand: unique symbol;

/** What is in the cookie: `<tag>.<secret>`, 60 characters. Whoever has it has the session. */
export type SessionId = string & { readonly [sessionIdBrand]: true };

const tagBytes = 12;
const secretBytes = 32;
const tagLength = 16;
const pattern = /^[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{43}$/;
const slotPattern = /^[A-Za-z0-9_-]{16}$/;

/** 96 random bits: the slot of a new sign-in, or of an anonymous session. */
export function createSlot(randomBytes: (size: number) => Buffer): Slot {
  return randomBytes(tagBytes).toString('base64url') as Slot;
}

/** A new session id in a slot, with 256 random bits of its own. */
export function createSessionId(slot: Slot, randomBytes: (size: number) => Buffer): SessionId {
  return `${slot}.${randomBytes(secretBytes).toString('base64url')}` as SessionId;
}

/** The cookie value as a session id, or null when it does not have the exact form. Says nothing about its being known. */
export function parseSessionId(value: string): SessionId | null {
  return pattern.test(value) ? (value as SessionId) : null;
}

/** The text as a slot, or null when it does not have the exact form. */
export function parseSlot(value: string): Slot | null {
  return slotPattern.test(value) ? (value as Slot) : null;
}

/**
 * Where a session id's record is stored. The secret is hashed before it is looked up, so that whoever reads the store
 * (a backup, a replica, a monitor) has no working cookie; and the realm with it, so that a cookie which its holder brings to
 * another app on the same store opens nothing there. 128 bits of SHA-256 leave no second preimage to find.
 */
export function storeKey(realm: RealmKey, id: SessionId): StoreKey {
  const digest = hash('sha256', realm + id, 'base64url');
  return `{${id.slice(0, tagLength)}}:${digest.slice(0, 22)}` as StoreKey;
}
