import { randomBytes, randomUUID } from 'node:crypto';
import type { SessionStore } from '@latchkey/session';
import {
  type OneTimeUse,
  type Reading,
  type RealmKey,
  realmKey,
  type SessionRecord,
  type SignInRecord,
  type Slot,
  type StoreKey,
} from '@latchkey/session/parts';

/** Lifetimes of the records below, in seconds. */
export const idleSeconds = 600;
export const absoluteSeconds = 3600;

/** The realm of the cases, and one of somebody else on the same store. */
export const realm: RealmKey = realmKey('https://login.kittens.example');
export const otherRealm: RealmKey = realmKey('https://login.puppies.example');

/** A slot that nobody has used. */
export function newSlot(): Slot {
  return randomBytes(12).toString('base64url') as Slot;
}

/** A store key in a slot. */
export function newKey(slot: Slot = newSlot()): StoreKey {
  return `{${slot}}:${randomBytes(16).toString('base64url')}` as StoreKey;
}

export function newOnce(seconds = 60): OneTimeUse {
  return { id: randomBytes(12).toString('base64url'), seconds };
}

/** An anonymous session. */
export function anonymousSession(parts: Partial<SessionRecord> = {}): SessionRecord {
  return {
    version: 1,
    scope: 'shop',
    signedIn: false,
    createdAt: Date.UTC(2026, 0, 1),
    idleSeconds,
    absoluteSeconds,
    data: '{"cart":[1]}',
    ...parts,
  };
}

/** A session that belongs to the sign-in of its slot. */
export function signedInSession(parts: Partial<SessionRecord> = {}): SessionRecord {
  return anonymousSession({ signedIn: true, ...parts });
}

export function newSignIn(parts: Partial<SignInRecord> = {}): SignInRecord {
  return {
    version: 1,
    id: randomUUID(),
    account: { id: randomUUID(), email: 'ada@kittens.example', name: 'Ada Lovelace' },
    provedAt: Date.UTC(2026, 0, 1),
    methods: ['pwd'],
    device: '',
    place: '',
    remembered: false,
    apps: { shop: null, blog: null, toys: Date.UTC(2027, 0, 1) },
    createdAt: Date.UTC(2026, 0, 1),
    idleSeconds,
    absoluteSeconds,
    ...parts,
  };
}

/** A slot with a live sign-in and a session in each of `scopes`. */
export async function signIn(
  store: SessionStore,
  scopes: readonly string[] = ['shop'],
): Promise<{ slot: Slot; keys: readonly StoreKey[]; key: StoreKey }> {
  const slot = newSlot();
  await store.createSignIn(slot, newSignIn(), realm);
  const keys: StoreKey[] = [];
  for (const scope of scopes) {
    const key = newKey(slot);
    await store.create(key, signedInSession({ scope }));
    keys.push(key);
  }
  return { slot, keys, key: keys[0] ?? newKey(slot) };
}

/** The live session at a key. Throws when there is none. */
export async function liveAt(store: SessionStore, key: StoreKey): Promise<Reading> {
  const reading = await store.read(key);
  if (reading === null) throw new Error('Expected a live session at this key; there is none.');
  return reading;
}
