import { equal, ok } from 'node:assert/strict';
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

/** A little less and a little more than a lifetime: what a slow machine takes for a case must not matter. */
const margin = 60;

const anonymous: readonly StoreCase[] = [
  storeCase('an anonymous session ends when it goes unused for too long', async (bench) => {
    const key = newKey();
    await bench.store.create(key, anonymousSession());
    await bench.advanceSeconds(idleSeconds - margin);
    await liveAt(bench.store, key);
    await bench.advanceSeconds(2 * margin);
    equal(await bench.store.read(key), null);
    equal(await bench.store.replace(key, '{}', 1), 'ended');
  }),
  storeCase('an anonymous session in use ends at its absolute limit', async (bench) => {
    const key = newKey();
    await bench.store.create(key, anonymousSession());
    for (let passed = 0; passed < absoluteSeconds - 300; passed += 300) {
      await bench.advanceSeconds(300);
      await bench.store.touch(key, idleSeconds);
      await liveAt(bench.other, key);
    }
    await bench.advanceSeconds(300 + margin);
    equal(await bench.store.read(key), null);
    await bench.store.touch(key, absoluteSeconds);
    equal(await bench.store.read(key), null);
  }),
  storeCase(
    'CVE-2024-35220: replacing is no use and extends nothing',
    async ({ store, advanceSeconds }) => {
      const key = newKey();
      await store.create(key, anonymousSession({ idleSeconds: absoluteSeconds * 2 }));
      await advanceSeconds(absoluteSeconds - margin);
      equal(await store.replace(key, '{"late":1}', 1), 'saved');
      await advanceSeconds(2 * margin);
      equal(await store.read(key), null);
    },
  ),
];

const touching: readonly StoreCase[] = [
  storeCase('a use is recorded, and counts from then on', async (bench) => {
    const key = newKey();
    await bench.store.create(key, anonymousSession());
    const before = await liveAt(bench.store, key);
    await bench.advanceSeconds(idleSeconds - margin);
    await bench.other.touch(key, idleSeconds);
    await bench.advanceSeconds(idleSeconds - margin);
    const after = await liveAt(bench.store, key);
    ok(after.usedAt >= before.usedAt);
    equal(after.session.version, before.session.version);
    await bench.advanceSeconds(2 * margin);
    equal(await bench.store.read(key), null);
  }),
  storeCase('a use never revives a slot that idled out', async ({ store, advanceSeconds }) => {
    const { slot, key } = await signIn(store);
    const visitor = newKey();
    await store.create(visitor, anonymousSession());
    await advanceSeconds(idleSeconds + margin);
    for (const late of [key, visitor]) {
      await store.touch(late, absoluteSeconds);
      equal(await store.read(late), null);
    }
    equal(await store.readSignIn(slot), null);
  }),
  storeCase('only a live session can be in use', async ({ store, advanceSeconds }) => {
    const { slot, keys } = await signIn(store, ['shop', 'blog']);
    const [live = newKey(), gone = newKey()] = keys;
    await store.end(gone);
    await advanceSeconds(idleSeconds - margin);
    await store.touch(gone, absoluteSeconds);
    await store.touch(newKey(slot), absoluteSeconds);
    await advanceSeconds(2 * margin);
    equal(await store.read(live), null);
  }),
];

const signIns: readonly StoreCase[] = [
  storeCase('use in one app keeps the sign-in and its other sessions', async (bench) => {
    const { slot, keys } = await signIn(bench.store, ['shop', 'blog']);
    const [shop = newKey(), blog = newKey()] = keys;
    await bench.advanceSeconds(idleSeconds - margin);
    await bench.store.touch(shop, idleSeconds);
    await bench.advanceSeconds(idleSeconds - margin);
    const { usedAt } = await liveAt(bench.other, blog);
    equal((await bench.other.readSignIn(slot))?.usedAt, usedAt);
  }),
  storeCase('an idle sign-in takes all its sessions along', async ({ store, advanceSeconds }) => {
    const { slot, keys } = await signIn(store, ['shop', 'blog']);
    await advanceSeconds(idleSeconds + margin);
    for (const key of keys) equal(await store.read(key), null);
    equal(await store.readSignIn(slot), null);
    equal(await store.create(newKey(slot), signedInSession()), 'ended');
    equal(await store.replaceSignIn(slot, newSignIn(), 1), 'ended');
    equal(await store.takeOnce(slot, newOnce()), 'ended');
    equal(await store.createSignIn(slot, newSignIn(), realm), 'ended');
  }),
  storeCase('a signed-in session never outlives its sign-in', async (bench) => {
    const slot = newSlot();
    await bench.store.createSignIn(slot, newSignIn({ idleSeconds: absoluteSeconds * 9 }), realm);
    await bench.advanceSeconds(absoluteSeconds - 300);
    const key = newKey(slot);
    await bench.store.create(key, signedInSession({ absoluteSeconds: absoluteSeconds * 9 }));
    await bench.advanceSeconds(300 - margin);
    await bench.store.touch(key, absoluteSeconds * 9);
    equal(await bench.store.replaceSignIn(slot, newSignIn(), 1), 'saved');
    await liveAt(bench.store, key);
    await bench.advanceSeconds(2 * margin);
    equal(await bench.store.read(key), null);
    equal(await bench.store.readSignIn(slot), null);
  }),
  storeCase('a signed-in session ends at its own limit before its sign-in', async (bench) => {
    const { slot, key } = await signIn(bench.store);
    const short = newKey(slot);
    await bench.store.create(short, signedInSession({ absoluteSeconds: 300 }));
    await bench.advanceSeconds(300 + margin);
    equal(await bench.store.read(short), null);
    await liveAt(bench.store, key);
  }),
];

const memories: readonly StoreCase[] = [
  storeCase('a one-time id is remembered as long as it says', async (bench) => {
    const { slot } = await signIn(bench.store);
    const once = newOnce(300);
    equal(await bench.store.takeOnce(slot, once), 'taken');
    await bench.advanceSeconds(300 - margin);
    equal(await bench.store.takeOnce(slot, once), 'used');
    equal(await bench.store.create(newKey(slot), signedInSession(), once), 'used');
  }),
  storeCase('an ending is remembered for ten minutes', async ({ store, advanceSeconds }) => {
    const { slot } = await signIn(store);
    const visitor = newKey();
    await store.create(visitor, anonymousSession());
    await store.end(visitor);
    await store.endSignIn(slot, 'sign-out');
    await advanceSeconds(600 - margin);
    equal(await store.create(visitor, anonymousSession()), 'ended');
    equal(await store.createSignIn(slot, newSignIn(), realm), 'ended');
  }),
  storeCase('what ended stays gone when its tombstone is forgotten', async (bench) => {
    const slot = newSlot();
    // Lifetimes that go on long after the tombstone.
    const long = { idleSeconds: absoluteSeconds, absoluteSeconds };
    await bench.store.createSignIn(slot, newSignIn(long), realm);
    const keys = [newKey(slot), newKey(slot)];
    const [key = newKey(), visitor = newKey()] = keys;
    await bench.store.create(key, signedInSession(long));
    await bench.store.create(visitor, anonymousSession(long));
    await bench.store.endSignIn(slot, 'sign-out');
    await bench.advanceSeconds(600 + margin);
    for (const late of keys) {
      equal(await bench.store.read(late), null);
      equal(await bench.store.replace(late, '{}', 1), 'ended');
      await bench.store.touch(late, absoluteSeconds);
      equal(await bench.store.read(late), null);
    }
    equal(await bench.store.readSignIn(slot), null);
    equal(await bench.store.create(newKey(slot), signedInSession()), 'ended');
  }),
];

/** What time ends. */
export const expiryCases: readonly StoreCase[] = [
  ...anonymous,
  ...touching,
  ...signIns,
  ...memories,
];
