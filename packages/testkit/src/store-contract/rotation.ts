import { deepEqual, equal } from 'node:assert/strict';
import {
  maxRotationsFollowed,
  rotationGraceSeconds,
  type SessionStore,
  type StoreKey,
  slotOf,
} from '@latchkey/session';
import { type StoreCase, storeCase } from './harness.ts';
import { addKey, count, inParallel, inRounds } from './parallel.ts';
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

/** A little less and a little more than the grace: what a slow machine takes for a case must not matter. */
const margin = 10;

/** Rotates a session so many times; the keys it had, the present one last. */
async function rotated(
  store: SessionStore,
  key: StoreKey,
  times: number,
): Promise<readonly StoreKey[]> {
  const keys = [key];
  for (let time = 0; time < times; time += 1) {
    const [last = key] = keys.slice(-1);
    const successor = newKey(slotOf(key));
    equal(await store.rotate(last, successor), 'rotated');
    keys.push(successor);
  }
  return keys;
}

const moving: readonly StoreCase[] = [
  storeCase('a rotated session lies at its successor as it was', async ({ store, other }) => {
    const visitor = newKey();
    await store.create(visitor, anonymousSession());
    for (const key of [(await signIn(store)).key, visitor]) {
      await store.replace(key, '{"before":1}', 1);
      const before = await liveAt(store, key);
      equal(before.key, key);
      const successor = newKey(slotOf(key));
      equal(await store.rotate(key, successor), 'rotated');
      for (const handle of [store, other]) {
        deepEqual(await liveAt(handle, successor), { ...before, key: successor });
        deepEqual(await liveAt(handle, key), { ...before, key: successor });
      }
    }
  }),
  storeCase('a rotated key opens its successor for 30 seconds, then nothing', async (bench) => {
    const { key } = await signIn(bench.store);
    const [, successor = key] = await rotated(bench.store, key, 1);
    await bench.advanceSeconds(rotationGraceSeconds - margin);
    equal((await liveAt(bench.other, key)).key, successor);
    equal(await bench.store.replace(key, '{"in time":1}', 1), 'saved');
    await bench.advanceSeconds(2 * margin);
    for (const handle of [bench.store, bench.other]) equal(await handle.read(key), null);
    equal(await bench.store.replace(key, '{"late":1}', 2), 'ended');
    equal(await bench.store.rotate(key, newKey(slotOf(key))), 'ended');
    const { session } = await liveAt(bench.other, successor);
    deepEqual([session.data, session.version], ['{"in time":1}', 2]);
  }),
  storeCase('what is written by either key is read by both', async ({ store, other }) => {
    const { key } = await signIn(store);
    const [, successor = key] = await rotated(store, key, 1);
    equal(await other.replace(key, '{"old":1}', 1), 'saved');
    equal((await liveAt(store, successor)).session.data, '{"old":1}');
    equal(await store.replace(successor, '{"new":1}', 2), 'saved');
    equal((await liveAt(other, key)).session.data, '{"new":1}');
    equal(await store.replace(key, '{"stale":1}', 2), 'outdated');
    equal(await store.end(key, 2), 'outdated');
    equal((await liveAt(store, successor)).session.version, 3);
  }),
  storeCase('a key that was rotated cannot be rotated again', async ({ store, other }) => {
    const { slot, key } = await signIn(store);
    const [, successor = key] = await rotated(store, key, 1);
    const late = newKey(slot);
    equal(await other.rotate(key, late), 'moved');
    equal(await other.read(late), null);
    equal((await liveAt(store, key)).key, successor);
  }),
  storeCase('a rotation that is asked for again was done', async ({ store, other }) => {
    const { key } = await signIn(store);
    const [, successor = key, next = key] = await rotated(store, key, 2);
    equal(await other.rotate(key, successor), 'rotated');
    equal((await liveAt(store, key)).key, next);
    await store.end(next);
    equal(await other.rotate(key, successor), 'ended');
  }),
  storeCase('a key that was rotated or made is not free', async ({ store, other }) => {
    const { key } = await signIn(store);
    const keys = await rotated(store, key, 1);
    for (const taken of keys) {
      equal(await other.create(taken, signedInSession({ data: '{"theirs":1}' })), 'ended');
    }
    equal((await liveAt(store, key)).session.data, signedInSession().data);
  }),
  storeCase('four rotations are followed, a fifth is not', async ({ store, other }) => {
    const { key } = await signIn(store);
    const keys = await rotated(store, key, maxRotationsFollowed);
    const [last = key] = keys.slice(-1);
    equal((await liveAt(other, key)).key, last);
    equal(await other.replace(key, '{"far":1}', 1), 'saved');
    const [, successor = last] = await rotated(store, last, 1);
    equal(await other.read(key), null);
    equal(await other.replace(key, '{"too far":1}', 2), 'ended');
    equal((await liveAt(other, keys[1] ?? key)).key, successor);
  }),
];

const refusals: readonly StoreCase[] = [
  storeCase('what is not live is not rotated', async ({ store, advanceSeconds }) => {
    const { slot, key } = await signIn(store);
    const gone = newKey(slot);
    await store.create(gone, signedInSession());
    await store.end(gone);
    const idle = newKey();
    await store.create(idle, anonymousSession({ idleSeconds: 60 }));
    await advanceSeconds(120);
    for (const dead of [gone, newKey(slot), newKey(), idle]) {
      const successor = newKey(slotOf(dead));
      equal(await store.rotate(dead, successor), 'ended');
      equal(await store.read(successor), null);
    }
    await liveAt(store, key);
  }),
  storeCase('a session is not rotated over another, dead or alive', async ({ store }) => {
    const { slot, keys } = await signIn(store, ['shop', 'blog', 'toys']);
    const [shop = newKey(), blog = newKey(), toys = newKey()] = keys;
    await store.end(toys);
    for (const taken of [blog, toys, shop]) equal(await store.rotate(shop, taken), 'ended');
    const [, successor = blog] = await rotated(store, blog, 1);
    for (const taken of [blog, successor]) equal(await store.rotate(shop, taken), 'ended');
    equal((await liveAt(store, shop)).session.scope, 'shop');
    equal((await liveAt(store, successor)).session.scope, 'blog');
    equal(await store.rotate(shop, newKey(slot)), 'rotated');
  }),
  storeCase('a session stays in its slot', async ({ store }) => {
    const [here, there] = [await signIn(store), await signIn(store)];
    const elsewhere = newKey(there.slot);
    equal(await store.rotate(here.key, elsewhere), 'ended');
    equal(await store.read(elsewhere), null);
    equal((await liveAt(store, here.key)).key, here.key);
  }),
];

const ends: readonly StoreCase[] = [
  storeCase('an end by either key ends the session for both', async ({ store, other }) => {
    for (const which of [0, 1, 2]) {
      const { key, slot } = await signIn(store);
      const keys = await rotated(store, key, 2);
      for (const handle of [store, other]) for (const one of keys) await liveAt(handle, one);
      equal(await store.end(keys[which] ?? key), 'ended');
      for (const one of keys) {
        equal(await other.read(one), null);
        // A slow request that saves, uses or rotates what it opened before.
        equal(await other.replace(one, '{"written":"late"}', 1), 'ended');
        await other.touch(one, absoluteSeconds);
        equal(await other.rotate(one, newKey(slot)), 'ended');
        equal(await other.create(one, signedInSession()), 'ended');
        equal(await store.read(one), null);
      }
    }
  }),
  storeCase('ending the sign-in ends a rotated session by every key', async ({ store, other }) => {
    const { slot, key } = await signIn(store);
    const keys = await rotated(store, key, 2);
    for (const handle of [store, other]) for (const one of keys) await liveAt(handle, one);
    await store.endSignIn(slot, 'sign-out');
    for (const one of keys) {
      for (const handle of [store, other]) equal(await handle.read(one), null);
      equal(await other.replace(one, '{"written":"late"}', 1), 'ended');
      equal(await other.rotate(one, newKey(slot)), 'ended');
    }
  }),
  storeCase('use by a rotated key keeps the session', async ({ store, advanceSeconds }) => {
    const { key } = await signIn(store);
    await advanceSeconds(idleSeconds - 60);
    const [, successor = key] = await rotated(store, key, 1);
    await store.touch(key, idleSeconds);
    await advanceSeconds(120);
    await liveAt(store, successor);
  }),
  storeCase('a rotation lengthens no life and is no use', async ({ store, advanceSeconds }) => {
    const slot = newSlot();
    await store.createSignIn(slot, newSignIn({ idleSeconds: absoluteSeconds }), realm);
    const short = newKey(slot);
    await store.create(short, signedInSession({ absoluteSeconds: 300 }));
    const { key: idle } = await signIn(store);
    await advanceSeconds(300 - rotationGraceSeconds / 2);
    const keys = [...(await rotated(store, short, 2))];
    await advanceSeconds(rotationGraceSeconds);
    for (const one of keys) equal(await store.read(one), null);
    await advanceSeconds(idleSeconds - 300 - 60);
    const [, successor = idle] = await rotated(store, idle, 1);
    await advanceSeconds(120);
    equal(await store.read(successor), null);
  }),
];

const races: readonly StoreCase[] = [
  storeCase('of 50 that rotate one session, one does', async ({ store, other }) => {
    const { slot, key } = await signIn(store);
    const successors = Array.from({ length: 50 }, () => newKey(slot));
    const answers = await inParallel([store, other], (handle, turn) =>
      handle.rotate(key, successors[turn] ?? newKey(slot)),
    );
    deepEqual([count(answers, 'rotated'), count(answers, 'moved')], [1, 49]);
    const found = await Promise.all(successors.map((one) => store.read(one)));
    equal(found.filter((reading) => reading !== null).length, 1);
    equal((await liveAt(other, key)).key, successors[answers.indexOf('rotated')]);
  }),
  storeCase('writers of different keys survive also while the id rotates', async (bench) => {
    const { key } = await signIn(bench.store);
    await bench.store.replace(key, '{}', 1);
    const rotating = rotated(bench.other, key, maxRotationsFollowed);
    await inParallel([bench.store, bench.other], (handle, turn) => addKey(handle, key, `k${turn}`));
    const [last = key] = (await rotating).slice(-1);
    const { session } = await liveAt(bench.store, last);
    equal(Object.keys(JSON.parse(session.data) as object).length, 50);
    equal(session.version, 52);
  }),
  storeCase('whatever rotates while the sign-in ends, nothing of it is left', async (bench) => {
    await inRounds(async () => {
      const { slot, key } = await signIn(bench.store);
      const successors = [newKey(slot), newKey(slot), newKey(slot)];
      const [first = key, second = key, third = key] = successors;
      await Promise.all([
        bench.store.rotate(key, first),
        bench.other.endSignIn(slot, 'sign-out'),
        bench.store.rotate(first, second),
        bench.other.rotate(key, third),
        bench.store.create(newKey(slot), signedInSession(), newOnce()),
      ]);
      for (const one of [key, ...successors]) {
        for (const handle of [bench.store, bench.other]) equal(await handle.read(one), null);
        equal(await bench.store.replace(one, '{"written":"late"}', 1), 'ended');
      }
    });
  }),
  storeCase('whatever rotates while the session ends, nothing of it is left', async (bench) => {
    await inRounds(async () => {
      const { slot, key } = await signIn(bench.store);
      const successor = newKey(slot);
      await Promise.all([bench.store.rotate(key, successor), bench.other.end(key)]);
      for (const one of [key, successor]) equal(await bench.store.read(one), null);
    });
  }),
];

/** A session that moves to another key. */
export const rotationCases: readonly StoreCase[] = [...moving, ...refusals, ...ends, ...races];
