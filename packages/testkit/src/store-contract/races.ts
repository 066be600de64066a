import { deepEqual, equal, ok } from 'node:assert/strict';
import { type StoreCase, storeCase } from './harness.ts';
import { addKey, count, inParallel, inRounds } from './parallel.ts';
import {
  anonymousSession,
  liveAt,
  newKey,
  newOnce,
  newSignIn,
  newSlot,
  realm,
  signedInSession,
  signIn,
} from './records.ts';

const once: readonly StoreCase[] = [
  storeCase('of 50 that bring one one-time id, one makes a session', async ({ store, other }) => {
    const { slot } = await signIn(store);
    const use = newOnce();
    const keys = Array.from({ length: 50 }, () => newKey(slot));
    const answers = await inParallel([store, other], (handle, turn) =>
      handle.create(keys[turn] ?? newKey(slot), signedInSession(), use),
    );
    deepEqual([count(answers, 'created'), count(answers, 'used')], [1, 49]);
    const found = await Promise.all(keys.map((key) => store.read(key)));
    equal(found.filter((reading) => reading !== null).length, 1);
  }),
  storeCase('of 50 that bring one one-time id, one takes it', async ({ store, other }) => {
    const { slot } = await signIn(store);
    const use = newOnce();
    const answers = await inParallel([store, other], (handle) => handle.takeOnce(slot, use));
    deepEqual([count(answers, 'taken'), count(answers, 'used')], [1, 49]);
  }),
  storeCase('of 50 that make the sign-in of a slot, one does', async ({ store, other }) => {
    const slot = newSlot();
    const answers = await inParallel([store, other], (handle) =>
      handle.createSignIn(slot, newSignIn(), realm),
    );
    deepEqual([count(answers, 'created'), count(answers, 'ended')], [1, 49]);
  }),
];

const writers: readonly StoreCase[] = [
  storeCase('of 50 that write over one version, one is saved', async ({ store, other }) => {
    const key = newKey();
    await store.create(key, anonymousSession());
    const answers = await inParallel([store, other], (handle, turn) =>
      handle.replace(key, `{"turn":${turn}}`, 1),
    );
    deepEqual([count(answers, 'saved'), count(answers, 'outdated')], [1, 49]);
    const { session } = await liveAt(store, key);
    equal(session.version, 2);
    equal(session.data, `{"turn":${answers.indexOf('saved')}}`);
  }),
  storeCase('of two that write a sign-in over one version, one is saved', async (bench) => {
    const { slot } = await signIn(bench.store);
    const answers = await Promise.all([
      bench.store.replaceSignIn(slot, newSignIn(), 1),
      bench.other.replaceSignIn(slot, newSignIn(), 1),
    ]);
    deepEqual(answers.sort(), ['outdated', 'saved']);
  }),
  storeCase('writers of different keys all survive when they merge', async ({ store, other }) => {
    const key = newKey();
    await store.create(key, anonymousSession({ data: '{}' }));
    await inParallel([store, other], (handle, turn) => addKey(handle, key, `k${turn}`));
    const { session } = await liveAt(store, key);
    equal(Object.keys(JSON.parse(session.data) as object).length, 50);
    equal(session.version, 51);
  }),
];

const endings: readonly StoreCase[] = [
  storeCase('whatever races the end of a sign-in, nothing of it is left', async (bench) => {
    await inRounds(async () => {
      const { slot, key } = await signIn(bench.store);
      const late = newKey(slot);
      await Promise.all([
        bench.store.replace(key, '{"written":"late"}', 1),
        bench.store.touch(key, 3600),
        bench.store.create(late, signedInSession(), newOnce()),
        bench.store.replaceSignIn(slot, newSignIn(), 1),
        bench.other.endSignIn(slot, 'sign-out'),
        bench.store.replace(key, '{"written":"later"}', 2),
        bench.store.createSignIn(slot, newSignIn(), realm),
        bench.other.create(newKey(slot), signedInSession()),
      ]);
      for (const handle of [bench.store, bench.other]) {
        equal(await handle.read(key), null);
        equal(await handle.read(late), null);
        equal(await handle.readSignIn(slot), null);
      }
    });
  }),
  storeCase('retiring a session against writing it: one of them says so', async (bench) => {
    await inRounds(async () => {
      const key = newKey();
      await bench.store.create(key, anonymousSession());
      const [written, ended] = await Promise.all([
        bench.store.replace(key, '{"written":1}', 1),
        bench.other.retire(key, { successor: newKey() }, 1),
      ]);
      const isLive = (await bench.store.read(key)) !== null;
      if (isLive) deepEqual([written, ended], ['saved', 'outdated']);
      else deepEqual([written, ended], ['ended', 'retired']);
    });
  }),
  storeCase('after an end, no read that begins finds the session', async ({ store, other }) => {
    const { slot, key } = await signIn(store);
    let hasEnded = false;
    const reader = (async () => {
      for (let seen = 0; seen < 200; seen += 1) {
        const endedBefore = hasEnded;
        const reading = await other.read(key);
        ok(!(endedBefore && reading !== null), 'a session was read after its end');
        await new Promise(setImmediate);
      }
    })();
    await store.endSignIn(slot, 'sign-out');
    hasEnded = true;
    await reader;
  }),
];

/** What happens at the same time. */
export const raceCases: readonly StoreCase[] = [...once, ...writers, ...endings];
