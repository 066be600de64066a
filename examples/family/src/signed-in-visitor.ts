import { randomBytes } from 'node:crypto';
import type { Account, Family, FamilyMember, SessionStore } from '@latchkey/session';
import {
  createSessionId,
  createSlot,
  type SignInRecord,
  type Slot,
  storeKey,
} from '@latchkey/session/parts';

/** Somebody who came back from the login host, for an app's own tests. */
export interface SignedInVisitor {
  readonly account: Account;
  /** What the browser sends as `Cookie`. */
  readonly cookieHeader: string;
  readonly slot: Slot;
}

const day = 86_400;

/** Puts a sign-in that may enter `apps`, and a session of it in the app `member`, into the store. */
export async function signInVisitor(
  { store, family }: { readonly store: SessionStore; readonly family: Family },
  member: FamilyMember,
  apps: readonly string[],
): Promise<SignedInVisitor> {
  if (member.cookie === null) throw new Error(`${member.name} keeps sessions of its own.`);
  const account = { id: crypto.randomUUID(), email: 'eve@kittens.example', name: 'Eve <Eames>' };
  const realm = family.realm.present;
  const slot = createSlot(randomBytes);
  const id = createSessionId(slot, randomBytes);
  const now = store.now();
  const lifetime = { createdAt: now, idleSeconds: day, absoluteSeconds: day };
  const signIn: SignInRecord = {
    ...lifetime,
    version: 1,
    id: crypto.randomUUID(),
    account,
    provedAt: now,
    methods: ['pwd'],
    device: '',
    place: '',
    remembered: false,
    apps: Object.fromEntries(apps.map((app) => [app, null])),
  };
  await store.createSignIn(slot, signIn, realm);
  const scope = member.scopeName;
  const session = { ...lifetime, version: 1, scope, signedIn: true, data: '{}' };
  await store.create(storeKey(realm, id), session);
  return { account, cookieHeader: `${member.cookie.name}=${id}`, slot };
}
