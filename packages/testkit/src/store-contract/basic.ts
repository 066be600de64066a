import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import type { Slot, StoreKey } from '@latchkey/session/parts';
import { type StoreCase, storeCase } from './harness.ts';
import {
  absoluteSeconds,
  anonymousSession,
  idleSeconds,
  liveAt,
  newKey,
  newOnce,
  newSignIn,
  newSlot,
  realm,
  signedInSession,
  signIn,
} from './records.ts';

const isUnavailable = (error: unknown): boolean =>
  error instanceof Error && (error as Error & { code?: unknown }).code === 'store_unavailable';

const awkwardData: readonly string[] = [
  '{}',
  '{"empty":[],"none":{},"big":12345678901234567890,"real":0.1}',
  '{"text":"line\\nbreak","é":"ü \u{1f511} \u2028"}',
  '{\n  "laid out": [\n    1\n  ]\n}',
  `{"long":"${'x'.repeat(100_000)}"}`,
];

const sessions: readonly StoreCase[] = [
  storeCase('an anonymous session is read back as it was made', async ({ store, other }) => {
    const key = newKey();
    equal(await store.create(key, anonymousSession()), 'created');
    const { session, signIn: owner, usedAt } = await liveAt(other, key);
    deepEqual(session, anonymousSession());
    equal(owner, null);
    ok(Math.abs(usedAt - store.now()) < 60_000, 'its use is by the clock of the store');
  }),
  storeCase('the version in the given record is ignored', async ({ store }) => {
    const key = newKey();
    await store.create(key, anonymousSession({ version: 99 }));
    equal((await liveAt(store, key)).session.version, 1);
  }),
  storeCase('an unknown key reads as nothing', async ({ store }) => {
    equal(await store.read(newKey()), null);
  }),
  storeCase('a wrong secret under a live slot is unknown and changes nothing', async (bench) => {
    const { slot, key } = await signIn(bench.store);
    const wrong = newKey(slot);
    equal(await bench.store.read(wrong), null);
    equal(await bench.store.replace(wrong, '{"mine":1}', 1), 'ended');
    equal(await bench.store.read(wrong), null);
    equal((await liveAt(bench.store, key)).session.version, 1);
  }),
  storeCase('creating at a key in use says ended and writes nothing', async ({ store, other }) => {
    const key = newKey();
    await store.create(key, anonymousSession());
    equal(await other.create(key, anonymousSession({ data: '{"theirs":1}' })), 'ended');
    equal((await liveAt(store, key)).session.data, anonymousSession().data);
  }),
  storeCase('replace writes the data and raises the version, nothing else', async (bench) => {
    const key = newKey();
    await bench.store.create(key, anonymousSession());
    equal(await bench.other.replace(key, '{"cart":[]}', 1), 'saved');
    const expected = anonymousSession({ version: 2, data: '{"cart":[]}' });
    deepEqual((await liveAt(bench.store, key)).session, expected);
    equal(await bench.store.replace(key, '{}', 2), 'saved');
    equal((await liveAt(bench.other, key)).session.version, 3);
  }),
  storeCase('replace over an older version says outdated and writes nothing', async (bench) => {
    const key = newKey();
    await bench.store.create(key, anonymousSession());
    await bench.other.replace(key, '{"first":1}', 1);
    equal(await bench.store.replace(key, '{"second":1}', 1), 'outdated');
    equal((await liveAt(bench.store, key)).session.data, '{"first":1}');
  }),
  storeCase('replacing what never was says ended and makes nothing', async ({ store }) => {
    const key = newKey();
    equal(await store.replace(key, '{}', 1), 'ended');
    equal(await store.read(key), null);
  }),
  storeCase('data comes back as the very text that was given', async ({ store, other }) => {
    for (const data of awkwardData) {
      const key = newKey();
      await store.create(key, anonymousSession({ data }));
      equal((await liveAt(other, key)).session.data, data);
      equal(await store.replace(key, `${data} `, 1), 'saved');
      equal((await liveAt(other, key)).session.data, `${data} `);
    }
  }),
];

const signIns: readonly StoreCase[] = [
  storeCase('a session is read together with its sign-in', async ({ store, other }) => {
    const slot = newSlot();
    const owner = newSignIn();
    equal(await store.createSignIn(slot, { ...owner, version: 7 }, realm), 'created');
    const key = newKey(slot);
    equal(await other.create(key, signedInSession({ scope: 'blog' })), 'created');
    const reading = await liveAt(store, key);
    deepEqual(reading.session, signedInSession({ scope: 'blog' }));
    deepEqual(reading.signIn, owner);
    const found = await other.readSignIn(slot);
    deepEqual(found?.signIn, owner);
    equal(found?.usedAt, reading.usedAt);
  }),
  storeCase('a signed-in session without its sign-in is absent', async ({ store }) => {
    const slot = newSlot();
    const key = newKey(slot);
    equal(await store.create(key, signedInSession()), 'ended');
    equal(await store.read(key), null);
    equal(await store.readSignIn(slot), null);
    equal(await store.takeOnce(slot, newOnce()), 'ended');
  }),
  storeCase('a slot has one sign-in: the second says ended', async ({ store, other }) => {
    const slot = newSlot();
    const first = newSignIn();
    await store.createSignIn(slot, first, realm);
    equal(await other.createSignIn(slot, newSignIn(), realm), 'ended');
    equal((await store.readSignIn(slot))?.signIn.id, first.id);
  }),
  storeCase('replaceSignIn writes account and apps, nothing else', async ({ store, other }) => {
    const slot = newSlot();
    const owner = newSignIn();
    await store.createSignIn(slot, owner, realm);
    const account = { ...owner.account, name: 'Ada, Countess of Lovelace' };
    const apps = { shop: 1_800_000_000_000, wiki: null };
    const given = { ...newSignIn({ methods: ['otp'], idleSeconds: 1 }), account, apps };
    equal(await other.replaceSignIn(slot, given, 1), 'saved');
    deepEqual((await store.readSignIn(slot))?.signIn, { ...owner, account, apps, version: 2 });
    equal(await store.replaceSignIn(slot, given, 1), 'outdated');
    equal(await store.replaceSignIn(newSlot(), given, 1), 'ended');
  }),
  storeCase('roles and groups come and go with a write; none are not there', async (bench) => {
    const slot = newSlot();
    const owner = newSignIn();
    const roles = { shop: ['editor', 'reader'], 'an app \u00fc': ['__proto__'] };
    const lists = { roles, groups: ['staff', 'Sales \u{1f511}'] };
    await bench.store.createSignIn(slot, { ...owner, ...lists }, realm);
    deepEqual((await bench.other.readSignIn(slot))?.signIn, { ...owner, ...lists });
    const grouped = { ...owner, groups: ['staff'] };
    equal(await bench.other.replaceSignIn(slot, grouped, 1), 'saved');
    deepEqual((await bench.store.readSignIn(slot))?.signIn, { ...grouped, version: 2 });
    equal(await bench.store.replaceSignIn(slot, owner, 2), 'saved');
    deepEqual((await bench.other.readSignIn(slot))?.signIn, { ...owner, version: 3 });
  }),
  storeCase('device, place and the wish to stay signed in are kept as given', async (bench) => {
    const given = [
      { device: 'Chrome on Linux', place: '192.0.2.7', remembered: true },
      { device: `Ada's "phone" \\ ü \u{1f511}`, place: "2001:db8::7 '; --", remembered: false },
      { device: '\u00e9'.repeat(200), place: '\u{1f3e0}'.repeat(50), remembered: true },
      { device: 'line\nbreak\u0000', place: '[",]', remembered: false },
      { device: '', place: '', remembered: false },
    ];
    for (const parts of given) {
      const slot = newSlot();
      const owner = newSignIn(parts);
      await bench.store.createSignIn(slot, owner, realm);
      deepEqual((await bench.other.readSignIn(slot))?.signIn, owner);
      const written = { ...owner, apps: {}, device: 'another', place: '', remembered: false };
      equal(await bench.other.replaceSignIn(slot, written, 1), 'saved');
      const expected = { ...owner, apps: {}, version: 2 };
      deepEqual((await bench.store.readSignIn(slot))?.signIn, expected);
    }
  }),
  storeCase('a session from long before its sign-in is not live', async ({ store, other }) => {
    const slot = newSlot();
    const owner = newSignIn();
    await store.createSignIn(slot, owner, realm);
    const [old, recent] = [newKey(slot), newKey(slot)];
    await store.create(old, signedInSession({ createdAt: owner.createdAt - 301_000 }));
    await store.create(recent, signedInSession({ createdAt: owner.createdAt - 299_000 }));
    for (const handle of [store, other]) equal(await handle.read(old), null);
    equal(await store.replace(old, '{}', 1), 'ended');
    equal(await store.rotate(old, newKey(slot)), 'ended');
    await liveAt(other, recent);
  }),
  storeCase('apps may have any name and none need be there', async ({ store }) => {
    const apps = Object.fromEntries([
      ['__proto__', null],
      ['constructor', 1_800_000_000_000],
      ['10', null],
      ['a "b"\n', 0],
    ]) as Record<string, number | null>;
    for (const given of [apps, {}]) {
      const slot = newSlot();
      await store.createSignIn(slot, newSignIn({ apps: given }), realm);
      const found = (await store.readSignIn(slot))?.signIn.apps ?? {};
      const sorted = (record: object) => Object.entries(record).sort();
      deepEqual(sorted(found), sorted(given));
    }
  }),
  storeCase('slots that differ by a letter do not touch each other', async ({ store }) => {
    const stem = newSlot().slice(0, 15);
    const [lower, upper] = [`${stem}a` as Slot, `${stem}A` as Slot];
    const sameSecret = newKey(lower).slice(18);
    const keys = [lower, upper].map((slot) => `{${slot}}${sameSecret}` as StoreKey);
    for (const slot of [lower, upper]) await store.createSignIn(slot, newSignIn(), realm);
    for (const key of keys) await store.create(key, signedInSession());
    await store.endSignIn(lower, 'sign-out');
    const [ended, live] = await Promise.all(keys.map((key) => store.read(key)));
    equal(ended, null);
    equal(live?.session.scope, 'shop');
  }),
];

const handles: readonly StoreCase[] = [
  storeCase('a one-time id is taken once, and in its slot only', async ({ store, other }) => {
    const [here, there] = [await signIn(store), await signIn(store)];
    const once = newOnce();
    equal(await store.takeOnce(here.slot, once), 'taken');
    equal(await other.takeOnce(here.slot, once), 'used');
    equal(await other.takeOnce(there.slot, once), 'taken');
    equal(await store.create(newKey(here.slot), signedInSession(), once), 'used');
    equal(await store.create(newKey(here.slot), signedInSession(), newOnce()), 'created');
  }),
  storeCase('a store answers ping, and after close every call rejects', async ({ open }) => {
    const store = await open();
    await store.ping();
    const { slot, key } = await signIn(store);
    await store.close();
    await rejects(async () => store.read(key), isUnavailable);
    await rejects(store.ping(), isUnavailable);
    await rejects(store.create(newKey(), anonymousSession()), isUnavailable);
    await rejects(store.replace(key, '{}', 1), isUnavailable);
    await rejects(store.endSignIn(slot, 'sign-out'), isUnavailable);
    await rejects(store.readSignIn(slot), isUnavailable);
    await rejects(store.readReports(realm, 1), isUnavailable);
    await store.close();
  }),
  storeCase('what answers has one name for as long as it is the same', async ({ store, other }) => {
    equal(typeof (await store.incarnation()), 'string');
    equal(await store.incarnation(), await store.incarnation());
    equal(await other.incarnation(), await other.incarnation());
  }),
  storeCase('what one handle wrote stays when that handle is closed', async ({ open, other }) => {
    const store = await open();
    const { key } = await signIn(store);
    await store.close();
    const { session } = await liveAt(other, key);
    deepEqual([session.idleSeconds, session.absoluteSeconds], [idleSeconds, absoluteSeconds]);
  }),
];

/** Making, reading and replacing. */
export const basicCases: readonly StoreCase[] = [...sessions, ...signIns, ...handles];
