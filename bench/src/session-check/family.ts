import { randomBytes } from 'node:crypto';
import {
  type Account,
  createFamilyApp,
  createSessionId,
  createSlot,
  defineFamily,
  deriveAppKey,
  type Family,
  type FamilyApp,
  memberOf,
  type SessionId,
  type SessionStore,
  storeKey,
} from '@latchkey/session';

/** The app that is asked, and its host; nobody connects to it by that name. */
export const app = 'shop';
export const host = 'shop.kittens.example';

const day = 86_400;

/** The app of a family whose sessions lie in this store, as an app's process makes it. */
export function createShop(store: string | SessionStore): FamilyApp {
  return createFamilyApp({ family: familyOn(store), app, appKey: deriveAppKey('bench', app) });
}

function familyOn(store: string | SessionStore): Family {
  return defineFamily({
    name: 'Kittens',
    loginHost: 'https://login.kittens.example',
    secrets: [],
    store,
    apps: { [app]: { origin: `https://${host}` }, toys: { origin: 'https://toys.example' } },
  });
}

/** Somebody to sign in. All answers about different people are of one length. */
export function person(number: number): Account {
  const email = `person${String(number).padStart(5, '0')}@kittens.example`;
  return { id: crypto.randomUUID(), email, name: 'Ada Lovelace' };
}

/** Signs people in, each with a session in the shop, as the login host and the handshake would. */
export async function signInPeople(shop: FamilyApp, count: number): Promise<SessionId[]> {
  const numbers = Array.from({ length: count }, (_, number) => number);
  return Promise.all(numbers.map((number) => signIn(shop, person(number))));
}

async function signIn({ store }: FamilyApp, account: Account): Promise<SessionId> {
  const slot = createSlot(randomBytes);
  const id = createSessionId(slot, randomBytes);
  const createdAt = store.now();
  const lifetime = { version: 1, createdAt, idleSeconds: day, absoluteSeconds: day };
  const proof = { id: crypto.randomUUID(), provedAt: createdAt, methods: ['pwd'] };
  const apps = { [app]: null, toys: null };
  const signedIn = await store.createSignIn(slot, { ...lifetime, ...proof, account, apps });
  const session = { ...lifetime, scope: app, signedIn: true, data: '{"cart":["yarn"]}' };
  const created = await store.create(storeKey(id), session);
  if (signedIn !== 'created' || created !== 'created')
    throw new Error('Somebody is not signed in.');
  return id;
}

/** The name of the shop's session cookie. */
export function cookieName(): string {
  return memberOf(familyOn('memory:'), app).cookie?.name ?? '';
}

/** Notes that every session is in use now; in traffic this is spread over time, one write a minute for each. */
export async function freshen({ store }: FamilyApp, ids: readonly SessionId[]): Promise<void> {
  await Promise.all(ids.map((id) => store.touch(storeKey(id), day)));
}
