import { deepEqual, equal } from 'node:assert/strict';
import { maxSessionsPerSignIn, type Slot, type StoreKey } from '@latchkey/session/parts';
import { type StoreBench, type StoreCase, storeCase } from './harness.ts';
import {
  absoluteSeconds,
  anonymousSession,
  liveAt,
  newKey,
  signedInSession,
  signIn,
} from './records.ts';

/** As many sessions of a new sign-in as it may have, in the order in which they were made. */
async function fullSignIn({ store }: StoreBench): Promise<{
  readonly slot: Slot;
  readonly keys: readonly StoreKey[];
}> {
  const { slot } = await signIn(store, []);
  const keys = Array.from({ length: maxSessionsPerSignIn }, () => newKey(slot));
  for (const key of keys) equal(await store.create(key, signedInSession()), 'created');
  return { slot, keys };
}

/** How many sessions a sign-in may have. */
export const boundCases: readonly StoreCase[] = [
  storeCase('one session too many ends the one made first, and that alone', async (bench) => {
    const { store, other } = bench;
    const { slot, keys } = await fullSignIn(bench);
    const [first = newKey(), second = newKey(), third = newKey(), ...rest] = keys;
    const visitor = newKey(slot);
    await store.create(visitor, anonymousSession());
    await liveAt(other, first);
    // Moved, written to and used, it is still the one made second.
    const moved = newKey(slot);
    await store.rotate(second, moved);
    await store.replace(moved, '{"cart":[2]}', 1);
    await store.touch(first, absoluteSeconds);
    const [added, another] = [newKey(slot), newKey(slot)];
    equal(await other.create(added, signedInSession()), 'created');
    for (const handle of [store, other]) equal(await handle.read(first), null);
    equal(await store.replace(first, '{"written":"late"}', 1), 'ended');
    equal(await store.create(first, signedInSession()), 'ended');
    await liveAt(other, moved);
    equal(await other.create(another, signedInSession()), 'created');
    equal(await store.read(moved), null);
    for (const key of [third, ...rest, added, another, visitor]) await liveAt(store, key);
  }),
  storeCase('a session that ended makes room for another', async (bench) => {
    const { store } = bench;
    const { slot, keys } = await fullSignIn(bench);
    await store.end(keys[50] ?? newKey());
    equal(await store.create(newKey(slot), signedInSession()), 'created');
    const found = await Promise.all(keys.map((key) => store.read(key)));
    deepEqual([found.filter((reading) => reading === null).length, found[50]], [1, null]);
  }),
  storeCase('a session that is not made ends none', async (bench) => {
    const { store, other } = bench;
    const { slot, keys } = await fullSignIn(bench);
    const [first = newKey(), last = newKey()] = [keys[0], keys.at(-1)];
    const once = { id: 'one-time-id-of-this-case', seconds: 60 };
    await store.takeOnce(slot, once);
    equal(await other.create(newKey(slot), signedInSession(), once), 'used');
    equal(await other.create(last, signedInSession()), 'ended');
    await liveAt(store, first);
  }),
  storeCase('sessions made at once are never more than there may be', async ({ store, other }) => {
    const { slot } = await signIn(store, []);
    const keys = Array.from({ length: maxSessionsPerSignIn + 20 }, () => newKey(slot));
    const answers = await Promise.all(
      keys.map((key, turn) => (turn % 2 === 0 ? store : other).create(key, signedInSession())),
    );
    deepEqual(new Set(answers), new Set(['created']));
    const found = await Promise.all(keys.map((key) => store.read(key)));
    equal(found.filter((reading) => reading !== null).length, maxSessionsPerSignIn);
  }),
];
