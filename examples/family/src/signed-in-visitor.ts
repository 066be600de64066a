import { randomBytes } from 'node:crypto';
import {
  type Account,
  createSessionId,
  createSlot,
  type FamilyMember,
  type SessionStore,
  type Slot,
  storeKey,
} from '@latchkey/session';

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
  store: SessionStore,
  member: FamilyMember,
  apps: readonly string[],
): Promise<SignedInVisitor> {
  if (member.cookie === null) throw new Error(`${member.name} keeps sessions of its own.`);
  const account = { id: crypto.randomUUID(), email: 'eve@kittens.example', name: 'Eve <Eames>' };
  const slot = createSlot(randomBytes);
  const id = createSessionId(slot, randomBytes);
  const now = store.now();
  const lifetime = { createdAt: now, idleSeconds: day, absoluteSeconds: day };
  await store.createSignIn(slot, {
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
  });
  const scope = member.scopeName;
  await store.create(storeKey(id), { ...lifetime, version: 1, scope, signedIn: true, data: '{}' });
  return { account, cookieHeader: `${member.cookie.name}=${id}`, slot };
}
