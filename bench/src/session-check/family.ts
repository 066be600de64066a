import { randomBytes } from 'node:crypto';
import {
  type Account,
  createFamilyApp,
  createPlatform,
  defineFamily,
  type Family,
  type FamilyApp,
  memberOf,
  type SessionStore,
} from '@latchkey/session';
import {
  createSessionId,
  createSessions,
  createSlot,
  deriveAppKey,
  type Realms,
  realmsOf,
  type SessionId,
  type Sessions,
  type Slot,
  storeKey,
} from '@latchkey/session/parts';

/** The app that is asked, and its host; nobody connects to it by that name. */
export const app = 'shop';
export const host = 'shop.kittens.example';

/** The realm of that family. */
export const realms: Realms = realmsOf('https://login.kittens.example', []);

const day = 86_400;
const partSize = 64;

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
  const email = `${number.toString(36).padStart(4, '0')}@kittens.example`;
  return { id: crypto.randomUUID(), email, name: 'Ada Lovelace' };
}

/** Signs people in, each with a session in the shop, as the login host and the handshake would. */
export async function signInPeople(shop: FamilyApp, count: number): Promise<SessionId[]> {
  const numbers = Array.from({ length: count }, (_, number) => number);
  return inParts(numbers, (number) => signIn(shop.store, number));
}

async function signIn(store: SessionStore, number: number): Promise<SessionId> {
  const slot = createSlot(randomBytes);
  await createSignIn(store, slot, number);
  return createSession(store, slot);
}

/** A sign-in as the login host makes one. */
export async function createSignIn(store: SessionStore, slot: Slot, number: number): Promise<void> {
  const createdAt = store.now();
  const lifetime = { version: 1, createdAt, idleSeconds: day, absoluteSeconds: day };
  const proof = { id: crypto.randomUUID(), provedAt: createdAt, methods: ['pwd'] };
  const apps = { [app]: null, toys: null };
  const account = person(number);
  const browser = { device: 'Chrome on Linux', place: '203.0.113.7', remembered: false };
  const record = {
    ...lifetime,
    ...proof,
    ...browser,
    account,
    apps,
  };
  const outcome = await store.createSignIn(slot, record, realms.present);
  if (outcome !== 'created') throw new Error('Somebody is not signed in.');
}

/** A session in the shop that hangs off the sign-in of a slot, as an arrival makes one. */
export async function createSession(
  store: SessionStore,
  slot: Slot,
  bytes: (size: number) => Buffer = randomBytes,
): Promise<SessionId> {
  const id = createSessionId(slot, bytes);
  const createdAt = store.now();
  const lifetime = { version: 1, createdAt, idleSeconds: day, absoluteSeconds: day };
  const session = { ...lifetime, scope: app, signedIn: true, data: '{"cart":["yarn"]}' };
  const outcome = await store.create(storeKey(realms.present, id), session);
  if (outcome !== 'created') throw new Error('Somebody has no session.');
  return id;
}

/** The name of the shop's session cookie. */
export function cookieName(): string {
  return memberOf(familyOn('memory:'), app).cookie?.name ?? '';
}

/**
 * Notes that every session is in use now (in traffic this is spread over time, one write a minute for each), and reads
 * them, so that what may be remembered is.
 */
export async function freshen({ store }: FamilyApp, ids: readonly SessionId[]): Promise<void> {
  await inParts(ids, (id) => store.touch(storeKey(realms.present, id), day));
  // Twice: memory keeps as they are those that were asked for again.
  for (let time = 0; time < 2; time += 1)
    await inParts(ids, async (id) => store.read(storeKey(realms.present, id)));
}

/**
 * As many at a time as connections ask later. After bursts of a thousand reads at once the collector of garbage keeps much
 * of what each request makes, and a miss to Redis costs half as much again: that is not what is to be measured.
 */
export async function inParts<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let from = 0; from < items.length; from += partSize) {
    results.push(...(await Promise.all(items.slice(from, from + partSize).map(work))));
  }
  return results;
}

/** Sessions whose `signOut` ends the sign-in in the store, without the call to a login host. */
export function createSignOutSessions(store: SessionStore): Sessions {
  const member = memberOf(familyOn(store), app);
  if (member.cookie === null) throw new Error('The shop has no cookie.');
  return createSessions({
    store,
    realm: realms,
    cookie: member.cookie,
    scopeName: member.scopeName,
    app,
    idleSeconds: day,
    absoluteSeconds: day,
    platform: createPlatform(),
  });
}
