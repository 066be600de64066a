import { deepEqual, equal } from 'node:assert/strict';
import { type StoreCase, storeCase } from './harness.ts';
import {
  absoluteSeconds,
  anonymousSession,
  liveAt,
  newKey,
  newOnce,
  newSignIn,
  newSlot,
  otherRealm,
  realm,
  signedInSession,
  signIn,
} from './records.ts';

const sessions: readonly StoreCase[] = [
  storeCase('a session that was ended is gone, and ending it again is fine', async (bench) => {
    const { slot, keys } = await signIn(bench.store, ['shop', 'blog']);
    const [shop = newKey(), blog = newKey()] = keys;
    await liveAt(bench.other, shop);
    equal(await bench.store.end(shop), 'ended');
    equal(await bench.other.read(shop), null);
    equal(await bench.other.end(shop), 'gone');
    equal(await bench.other.end(newKey(slot)), 'gone');
    await liveAt(bench.other, blog);
  }),
  storeCase(
    'a slow writer never brings back an ended session (Rack, CVE-2025-46336)',
    async ({ store, other }) => {
      const { key } = await signIn(store);
      const visitor = newKey();
      await store.create(visitor, anonymousSession());
      for (const ended of [key, visitor]) {
        const { session } = await liveAt(store, ended);
        equal(await other.end(ended), 'ended');
        equal(await store.replace(ended, '{"written":"late"}', session.version), 'ended');
        await store.touch(ended, absoluteSeconds);
        equal(await store.create(ended, session), 'ended');
        equal(await other.read(ended), null);
      }
    },
  ),
];

const signIns: readonly StoreCase[] = [
  storeCase(
    'CVE-2025-29928: ending a sign-in ends all its sessions at once',
    async ({ store, other }) => {
      const { slot, keys } = await signIn(store, ['shop', 'blog', 'toys']);
      // Seen before, so that a store that remembers what it read is found out.
      for (const handle of [store, other]) for (const key of keys) await liveAt(handle, key);
      await store.endSignIn(slot, 'sign-out');
      for (const handle of [store, other]) {
        for (const key of keys) equal(await handle.read(key), null);
        equal(await handle.readSignIn(slot), null);
      }
      await store.endSignIn(slot, 'revoked-by-person');
    },
  ),
  storeCase('ending a sign-in leaves the sessions of other slots', async ({ store, other }) => {
    const [mine, theirs] = [await signIn(store), await signIn(store)];
    const visitor = newKey();
    await store.create(visitor, anonymousSession());
    await store.endSignIn(mine.slot, 'account-suspended');
    await liveAt(other, theirs.key);
    await liveAt(other, visitor);
  }),
  storeCase('nothing can be done in the slot of an ended sign-in', async ({ store, other }) => {
    const { slot, key } = await signIn(store);
    const { session } = await liveAt(store, key);
    await other.endSignIn(slot, 'sign-out');
    equal(await store.replace(key, '{"written":"late"}', session.version), 'ended');
    equal(await store.end(key), 'gone');
    equal(await store.create(newKey(slot), signedInSession()), 'ended');
    equal(await store.create(newKey(slot), anonymousSession()), 'ended');
    equal(await store.replaceSignIn(slot, newSignIn(), 1), 'ended');
    equal(await store.createSignIn(slot, newSignIn(), realm), 'ended');
    equal(await store.takeOnce(slot, newOnce()), 'ended');
    await store.touch(key, absoluteSeconds);
    equal(await other.read(key), null);
    equal(await other.readSignIn(slot), null);
  }),
  storeCase('a sign-in that arrives after its ending finds it', async ({ store, other }) => {
    const slot = newSlot();
    await store.endSignIn(slot, 'sign-out');
    equal(await other.createSignIn(slot, newSignIn(), realm), 'ended');
    equal(await other.create(newKey(slot), signedInSession()), 'ended');
    equal(await other.readSignIn(slot), null);
  }),
  storeCase('an anonymous session in the slot of a sign-in ends with it', async ({ store }) => {
    const { slot } = await signIn(store);
    const key = newKey(slot);
    equal(await store.create(key, anonymousSession()), 'created');
    await liveAt(store, key);
    await store.endSignIn(slot, 'sign-out');
    equal(await store.read(key), null);
  }),
  storeCase('a one-time id is not taken where the answer is ended', async ({ store }) => {
    const { slot, key } = await signIn(store);
    const once = newOnce();
    equal(await store.create(key, signedInSession(), once), 'ended');
    equal(await store.takeOnce(slot, once), 'taken');
  }),
];

const reports: readonly StoreCase[] = [
  storeCase('an ending is reported only where that is asked for', async ({ store, other }) => {
    const { slot } = await signIn(store);
    await store.endSignIn(slot, 'sign-out');
    deepEqual(await other.readReports(realm, 10), []);
  }),
  storeCase('reports outlive the process, in their order, until dropped', async (bench) => {
    const first = await bench.open();
    const [a, b, c] = [newSlot(), newSlot(), newSlot()];
    await first.endSignIn(a, 'sign-out', { realm, report: true });
    await first.endSignIn(b, 'revoked-by-person', { realm, report: true });
    await first.endSignIn(c, 'sign-out', { realm, report: true });
    await first.close();
    const second = await bench.open();
    const found = await second.readReports(realm, 10);
    deepEqual(
      found.map(({ slot, cause }) => [slot, cause]),
      [
        [a, 'sign-out'],
        [b, 'revoked-by-person'],
        [c, 'sign-out'],
      ],
    );
    deepEqual(await second.readReports(realm, 2), found.slice(0, 2));
    await second.dropReports(
      realm,
      found.slice(0, 2).map(({ id }) => id),
    );
    deepEqual(await bench.store.readReports(realm, 10), found.slice(2));
    await second.dropReports(realm, [...found.map(({ id }) => id), 'no such id']);
    await second.dropReports(realm, []);
    deepEqual(await second.readReports(realm, 10), []);
  }),
  storeCase('a realm reads and drops its own reports alone', async ({ store, other }) => {
    const [here, there] = [newSlot(), newSlot()];
    await store.endSignIn(here, 'sign-out', { realm, report: true });
    await store.endSignIn(there, 'sign-out', { realm: otherRealm, report: true });
    const own = await other.readReports(realm, 10);
    deepEqual(
      own.map(({ slot }) => slot),
      [here],
    );
    const foreign = await other.readReports(otherRealm, 10);
    deepEqual(
      foreign.map(({ slot }) => slot),
      [there],
    );
    await other.dropReports(
      realm,
      own.map(({ id }) => id),
    );
    deepEqual(await store.readReports(realm, 10), []);
    deepEqual(await store.readReports(otherRealm, 10), foreign);
  }),
];

/** What somebody ends. */
export const endingCases: readonly StoreCase[] = [...sessions, ...signIns, ...reports];
