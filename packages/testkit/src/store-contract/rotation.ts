import { deepEqual, equal } from 'node:assert/strict';
import type { SessionStore } from '@latchkey/session';
import { type StoreKey, slotOf } from '@latchkey/session/parts';
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
      }
    }
  }),
  storeCase(
    'a key that was rotated neither reads, writes, uses nor ends what came after',
    async (bench) => {
      const { store, other } = bench;
      const { slot, key } = await signIn(store);
      for (const handle of [store, other]) await liveAt(handle, key);
      const [, successor = key] = await rotated(store, key, 1);
      for (const handle of [other, store]) {
        equal(await handle.read(key), null);
        equal(await handle.replace(key, '{"old":1}', 1), 'ended');
        equal(await handle.end(key), 'gone');
        equal(await handle.rotate(key, newKey(slot)), 'replaced');
        equal(await handle.create(key, signedInSession()), 'ended');
      }
      await bench.advanceSeconds(idleSeconds - 60);
      await store.touch(key, absoluteSeconds);
      equal((await liveAt(other, successor)).session.version, 1);
      await bench.advanceSeconds(120);
      equal(await other.read(successor), null);
    },
  ),
  storeCase('a rotation that is asked for again was done', async ({ store, other }) => {
    const { key } = await signIn(store);
    const [, successor = key, next = key] = await rotated(store, key, 2);
    equal(await other.rotate(key, successor), 'rotated');
    equal((await liveAt(store, next)).key, next);
    equal(await store.read(successor), null);
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
  storeCase('a rotation lengthens no life and is no use', async ({ store, advanceSeconds }) => {
    const slot = newSlot();
    await store.createSignIn(slot, newSignIn({ idleSeconds: absoluteSeconds }), realm);
    const short = newKey(slot);
    await store.create(short, signedInSession({ absoluteSeconds: 300 }));
    const { key: idle } = await signIn(store);
    await advanceSeconds(285);
    const keys = await rotated(store, short, 2);
    await advanceSeconds(30);
    for (const one of keys) equal(await store.read(one), null);
    await advanceSeconds(idleSeconds - 375);
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
    deepEqual([count(answers, 'rotated'), count(answers, 'replaced')], [1, 49]);
    const found = await Promise.all(successors.map((one) => store.read(one)));
    equal(found.filter((reading) => reading !== null).length, 1);
    const successor = successors[answers.indexOf('rotated')];
    deepEqual(await other.findRetired(key), { kind: 'replaced', successor });
  }),
  storeCase('a write either is in what was rotated or says that it ended', async (bench) => {
    await inRounds(async () => {
      const { key } = await signIn(bench.store);
      const successor = newKey(slotOf(key));
      const [, written] = await Promise.all([
        bench.store.rotate(key, successor),
        bench.other.replace(key, '{"written":1}', 1),
      ]);
      const { session } = await liveAt(bench.store, successor);
      equal(session.data === '{"written":1}', written === 'saved');
    });
  }),
  storeCase('writers of different keys survive also while the id rotates', async (bench) => {
    const { key } = await signIn(bench.store);
    await bench.store.replace(key, '{}', 1);
    const [last = key] = (await rotated(bench.other, key, 2)).slice(-1);
    const writing = inParallel([bench.store, bench.other], (handle, turn) =>
      addKey(handle, last, `k${turn}`),
    );
    await writing;
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
  storeCase('of a rotation and an end at the same time one is done', async (bench) => {
    await inRounds(async () => {
      const { slot, key } = await signIn(bench.store);
      const successor = newKey(slot);
      const [moved, ended] = await Promise.all([
        bench.store.rotate(key, successor),
        bench.other.end(key),
      ]);
      equal(await bench.store.read(key), null);
      equal((await bench.store.read(successor)) === null, moved === 'ended');
      equal(ended, moved === 'ended' ? 'ended' : 'gone');
    });
  }),
];

/** A session that moves to another key. */
export const rotationCases: readonly StoreCase[] = [...moving, ...refusals, ...races];
