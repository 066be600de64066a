import { deepEqual, equal, ok } from 'node:assert/strict';
import type { SessionStore } from '@latchkey/session';
import { type Retired, type StoreKey, slotOf, tombstoneSeconds } from '@latchkey/session/parts';
import { type StoreCase, storeCase } from './harness.ts';
import { count, inParallel } from './parallel.ts';
import {
  absoluteSeconds,
  anonymousSession,
  idleSeconds,
  liveAt,
  newKey,
  signedInSession,
  signIn,
} from './records.ts';

/** A little less and a little more than ten minutes: what a slow machine takes for a case must not matter. */
const margin = 10;

function by(successor: StoreKey): Retired {
  return { kind: 'replaced', successor };
}

/** Holds that the store says of a key when it ended, and that this is a moment from `earliest` on. */
async function endedSince(store: SessionStore, key: StoreKey, earliest: number): Promise<void> {
  const retired = await store.findRetired(key);
  equal(retired?.kind, 'ended');
  const at = retired?.kind === 'ended' ? retired.at : 0;
  // The clocks of two processes on one server are measured, not the same.
  ok(at >= earliest - 1000 && at <= store.now() + 1000, `${at} is no moment since ${earliest}`);
}

const replaced: readonly StoreCase[] = [
  storeCase('a session that was retired by another is told from a stranger’s', async (bench) => {
    const { store, other } = bench;
    const { key: signedIn } = await signIn(store);
    const visitor = newKey();
    await store.create(visitor, anonymousSession());
    for (const key of [signedIn, visitor]) {
      for (const handle of [store, other]) {
        await liveAt(handle, key);
        equal(await handle.findRetired(key), null);
      }
      // In another slot, so in a Cluster on another server.
      const successor = newKey();
      equal(await store.retire(key, { successor }), 'retired');
      for (const handle of [other, store]) {
        equal(await handle.read(key), null);
        deepEqual(await handle.findRetired(key), by(successor));
        equal(await handle.replace(key, '{"late":1}', 1), 'ended');
        equal(await handle.end(key), 'gone');
        equal(await handle.create(key, anonymousSession()), 'ended');
        await handle.touch(key, absoluteSeconds);
        equal(await handle.read(key), null);
      }
    }
    equal(await store.findRetired(newKey()), null);
  }),
  storeCase(
    'what replaced a session stays known for ten minutes, then nobody knows',
    async (bench) => {
      const { store, other } = bench;
      const visitor = newKey();
      // Also where its life would have been shorter.
      await store.create(visitor, anonymousSession({ idleSeconds: 60 }));
      const { key: signedIn, slot } = await signIn(store);
      const rotatedTo = newKey(slot);
      await store.rotate(signedIn, rotatedTo);
      const successor = newKey();
      await store.retire(visitor, { successor });
      await bench.advanceSeconds(tombstoneSeconds - margin);
      deepEqual(await other.findRetired(visitor), by(successor));
      deepEqual(await other.findRetired(signedIn), by(rotatedTo));
      await bench.advanceSeconds(2 * margin);
      for (const key of [visitor, signedIn]) equal(await other.findRetired(key), null);
    },
  ),
  storeCase('the end of its sign-in does not make it a stranger’s', async ({ store, other }) => {
    const { slot, keys } = await signIn(store, ['shop', 'blog']);
    const [shop = newKey(), blog = newKey()] = keys;
    const [rotatedTo, elsewhere] = [newKey(slot), newKey()];
    await store.rotate(shop, rotatedTo);
    await store.retire(blog, { successor: elsewhere });
    await other.endSignIn(slot, 'replaced');
    deepEqual(await store.findRetired(shop), by(rotatedTo));
    deepEqual(await store.findRetired(blog), by(elsewhere));
    equal((await store.findRetired(rotatedTo))?.kind, 'ended');
  }),
  storeCase('also what ended, or was never there, can be replaced', async ({ store, other }) => {
    const { slot, keys } = await signIn(store, ['shop', 'blog']);
    const [shop = newKey(), blog = newKey()] = keys;
    await store.end(shop);
    await store.endSignIn(slot, 'account-switched');
    for (const key of [shop, blog, newKey()]) {
      const successor = newKey();
      equal(await store.retire(key, { successor }, 7), 'retired');
      deepEqual(await other.findRetired(key), by(successor));
      equal(await other.read(key), null);
    }
  }),
  storeCase('the first that replaces a session does; asking again is fine', async (bench) => {
    const { store, other } = bench;
    const key = newKey();
    await store.create(key, anonymousSession());
    const successors = Array.from({ length: 50 }, () => newKey());
    const answers = await inParallel([store, other], (handle, turn) =>
      handle.retire(key, { successor: successors[turn] ?? newKey() }, 1),
    );
    deepEqual([count(answers, 'retired'), count(answers, 'replaced')], [1, 49]);
    const successor = successors[answers.indexOf('retired')] ?? key;
    deepEqual(await store.findRetired(key), by(successor));
    equal(await other.retire(key, { successor }, 1), 'retired');
    equal(await other.rotate(key, newKey(slotOf(key))), 'replaced');
  }),
  storeCase('what was left with a session that was replaced stays with it', async (bench) => {
    const { store, other } = bench;
    const { key: signedIn, slot } = await signIn(store);
    const visitor = newKey();
    await store.create(visitor, anonymousSession());
    const left = `shop\n{"cart":["wool","\u{1f9f6} n\u00e4\u0127"],"n":"${'x'.repeat(5000)}"}`;
    for (const key of [visitor, signedIn, newKey()]) {
      const successor = newKey(slot);
      equal(await store.retire(key, { successor, left }, 1), 'retired');
      // Whoever asks again, or comes later, changes nothing of it.
      equal(await other.retire(key, { successor }, 1), 'retired');
      equal(await other.retire(key, { successor: newKey(), left: 'other' }, 1), 'replaced');
      equal(await other.end(key), 'gone');
      deepEqual(await other.findRetired(key), { ...by(successor), left });
      equal(await other.read(key), null);
    }
    await store.endSignIn(slot, 'sign-out');
    const retired = await store.findRetired(signedIn);
    equal(retired?.kind === 'replaced' ? retired.left : null, left);
    await bench.advanceSeconds(tombstoneSeconds + margin);
    for (const key of [visitor, signedIn]) equal(await other.findRetired(key), null);
  }),
  storeCase('a version that is not the last one is not replaced', async ({ store, other }) => {
    const key = newKey();
    await store.create(key, anonymousSession());
    await other.replace(key, '{"newer":1}', 1);
    const successor = newKey();
    equal(await store.retire(key, { successor }, 1), 'outdated');
    equal(await store.findRetired(key), null);
    equal((await liveAt(store, key)).session.data, '{"newer":1}');
    equal(await store.retire(key, { successor }, 2), 'retired');
    equal(await other.read(key), null);
  }),
  storeCase('a session that was replaced leaves the others of its sign-in', async (bench) => {
    const { slot, keys } = await signIn(bench.store, ['shop', 'blog']);
    const [shop = newKey(), blog = newKey()] = keys;
    await bench.store.retire(shop, { successor: newKey() });
    await liveAt(bench.other, blog);
    equal(await bench.other.create(newKey(slot), signedInSession()), 'created');
  }),
];

const ended: readonly StoreCase[] = [
  storeCase('of what ended, alone or with its sign-in, it is known when', async (bench) => {
    const { store, other } = bench;
    const visitor = newKey();
    await store.create(visitor, anonymousSession());
    const alone = await signIn(store);
    const together = await signIn(store);
    const before = store.now();
    equal(await store.end(visitor), 'ended');
    equal(await store.end(alone.key), 'ended');
    await store.endSignIn(together.slot, 'sign-out');
    for (const key of [visitor, alone.key, together.key]) {
      for (const handle of [store, other]) await endedSince(handle, key, before);
    }
    // Ending it again does not make it end later.
    await bench.advanceSeconds(300);
    equal(await other.end(visitor), 'gone');
    const retired = await other.findRetired(visitor);
    ok(retired?.kind === 'ended' && retired.at < other.now() - 290_000);
    await bench.advanceSeconds(tombstoneSeconds);
    for (const key of [visitor, alone.key, together.key]) equal(await other.findRetired(key), null);
  }),
  storeCase('a live session is not retired, nor one that was never there', async (bench) => {
    const { slot, key } = await signIn(bench.store);
    await bench.advanceSeconds(idleSeconds / 2);
    for (const one of [key, newKey(slot), newKey()])
      equal(await bench.other.findRetired(one), null);
  }),
];

/** What is remembered of session ids that open nothing any more. */
export const retirementCases: readonly StoreCase[] = [...replaced, ...ended];
