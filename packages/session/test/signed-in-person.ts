import { randomBytes, randomUUID } from 'node:crypto';
import { createSessionId, createSlot, storeKey } from '../src/session-id/session-id.ts';
import type { SessionStore, Slot, StoreKey } from '../src/session-store.ts';
import { realm } from './realm.ts';
import { sessionRecord, signInRecord } from './records.ts';

export interface SignedInPerson {
  readonly slot: Slot;
  readonly key: StoreKey;
  readonly accountId: string;
}

/** Signs somebody new in, with one session, at the store's time. */
export async function signedInPerson(store: SessionStore, data = '{}'): Promise<SignedInPerson> {
  const slot = createSlot(randomBytes);
  const key = storeKey(realm, createSessionId(slot, randomBytes));
  const accountId = randomUUID();
  const [createdAt, provedAt] = [store.now(), store.now()];
  const account = { id: accountId, email: 'ben@kittens.example', name: 'Ben' };
  await store.createSignIn(
    slot,
    signInRecord({ id: randomUUID(), account, createdAt, provedAt }),
    realm,
  );
  await store.create(key, sessionRecord({ createdAt, data }));
  return { slot, key, accountId };
}
