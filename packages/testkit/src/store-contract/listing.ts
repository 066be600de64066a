import { deepEqual, equal, ok } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { SessionStore } from '@latchkey/session';
import type { RealmKey, SignInRecord, Slot } from '@latchkey/session/parts';
import { type StoreBench, type StoreCase, storeCase } from './harness.ts';
import {
  anonymousSession,
  idleSeconds,
  newKey,
  newSignIn,
  newSlot,
  otherRealm,
  realm,
} from './records.ts';

function signInOf(accountId: string, parts: Partial<SignInRecord> = {}): SignInRecord {
  const account = { id: accountId, email: 'ada@kittens.example', name: 'Ada' };
  return newSignIn({ ...parts, account });
}

/** Sign-ins of an account, one a second. */
async function signInTimes(
  { store, advanceSeconds }: StoreBench,
  accountId: string,
  times: number,
): Promise<readonly Slot[]> {
  const slots: Slot[] = [];
  for (let time = 0; time < times; time += 1) {
    const slot = newSlot();
    const createdAt = store.now() + time * 1000;
    equal(await store.createSignIn(slot, signInOf(accountId, { createdAt }), realm), 'created');
    slots.push(slot);
    await advanceSeconds(1);
  }
  return slots;
}

async function slotsOf(store: SessionStore, accountId: string, limit = 10): Promise<Slot[]> {
  return (await store.listSignIns(realm, accountId, limit)).map(({ slot }) => slot);
}

const hostileIds: readonly string[] = [
  '',
  '*',
  '__proto__',
  `'; drop table latchkey_slots; --`,
  '{other}:id',
  '"quoted"',
  'line\nbreak\tand\u0000nothing',
  'ü \u{1f511} \u2028',
  '\ud800',
  '100%_[a-z]?',
  `${'x'.repeat(3000)}a`,
  `${'x'.repeat(3000)}b`,
  '"'.repeat(199),
];

/** What an account's person sees of their sign-ins. */
export const listingCases: readonly StoreCase[] = [
  storeCase('the sign-ins of an account are listed, the one made last first', async (bench) => {
    const account = randomUUID();
    const slots = await signInTimes(bench, account, 5);
    await signInTimes(bench, randomUUID(), 2);
    deepEqual(await slotsOf(bench.other, account), slots.toReversed());
    deepEqual(await slotsOf(bench.other, account, 2), slots.slice(3).toReversed());
    deepEqual(await slotsOf(bench.other, account, 5), slots.toReversed());
    deepEqual(await slotsOf(bench.other, randomUUID()), []);
  }),
  storeCase('a listed sign-in is the one that is read', async ({ store, other }) => {
    const slot = newSlot();
    const record = signInOf(randomUUID());
    await store.createSignIn(slot, record, realm);
    const [listed] = await other.listSignIns(realm, record.account.id, 1);
    deepEqual(listed?.signIn, record);
    deepEqual(listed, { slot, ...(await store.readSignIn(slot)) });
    ok(
      Math.abs((listed?.usedAt ?? 0) - store.now()) < 60_000,
      'its use is by the clock of the store',
    );
  }),
  storeCase('only live sign-ins are listed, and others do not take their place', async (bench) => {
    const { store, other, advanceSeconds } = bench;
    const account = randomUUID();
    const [ended = newSlot(), idle = newSlot(), used = newSlot()] = await signInTimes(
      bench,
      account,
      3,
    );
    await store.endSignIn(ended, 'revoked-by-person');
    deepEqual(await slotsOf(other, account), [used, idle]);
    const key = newKey(used);
    await store.create(key, anonymousSession());
    await advanceSeconds(idleSeconds - 120);
    await store.touch(key, idleSeconds);
    await advanceSeconds(180);
    deepEqual(await slotsOf(other, account), [used]);
    deepEqual(await slotsOf(other, account, 1), [used]);
    for (const time of [1, 2]) {
      const short = signInOf(account, { absoluteSeconds: 60 * time });
      await store.createSignIn(newSlot(), short, realm);
    }
    equal((await slotsOf(other, account)).length, 3);
    await advanceSeconds(180);
    deepEqual(await slotsOf(other, account, 1), [used]);
  }),
  storeCase('a list follows what is written to a sign-in', async ({ store, other }) => {
    const slot = newSlot();
    const record = signInOf(randomUUID());
    await store.createSignIn(slot, record, realm);
    const apps = { shop: 1_800_000_000_000 };
    const named = { ...record, account: { ...record.account, name: 'Ada Lovelace' }, apps };
    await other.replaceSignIn(slot, named, 1);
    const [listed] = await store.listSignIns(realm, record.account.id, 10);
    deepEqual(listed?.signIn, { ...named, version: 2 });
  }),
  storeCase('an account is found by its very id, whatever that is', async ({ store, other }) => {
    const slots = new Map<string, Slot>();
    for (const id of hostileIds) {
      const slot = newSlot();
      equal(await store.createSignIn(slot, signInOf(id), realm), 'created');
      slots.set(id, slot);
    }
    for (const [id, slot] of slots) deepEqual([id, await slotsOf(other, id)], [id, [slot]]);
    for (const id of ['x', `${'x'.repeat(3000)}c`, 'quoted', '%', '\ufffd']) {
      deepEqual([id, await slotsOf(other, id)], [id, []]);
    }
  }),
  storeCase('an account of another realm is another account, whatever its id', async (bench) => {
    const { store, other } = bench;
    const [here, there] = [newSlot(), newSlot()];
    await store.createSignIn(here, signInOf('1'), realm);
    await store.createSignIn(there, signInOf('1'), otherRealm);
    const listedIn = async (one: RealmKey) =>
      (await other.listSignIns(one, '1', 10)).map(({ slot }) => slot);
    deepEqual(await listedIn(realm), [here]);
    deepEqual(await listedIn(otherRealm), [there]);
    await other.endSignIn(here, 'sign-out', { realm });
    deepEqual(await listedIn(realm), []);
    deepEqual(await listedIn(otherRealm), [there]);
  }),
  storeCase('50 sign-ins made at once are all in the list, and one ended is not', async (bench) => {
    const account = randomUUID();
    const slots = Array.from({ length: 50 }, () => newSlot());
    const [gone = newSlot()] = slots;
    await Promise.all(
      slots.map((slot, turn) =>
        (turn % 2 === 0 ? bench.store : bench.other).createSignIn(slot, signInOf(account), realm),
      ),
    );
    await bench.other.endSignIn(gone, 'sign-out');
    const listed = await slotsOf(bench.store, account, 100);
    deepEqual(listed.sort(), slots.slice(1).sort());
    equal((await slotsOf(bench.store, account, 20)).length, 20);
  }),
];
