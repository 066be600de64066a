import { createFakeClock, type StoreHarness, storeContract } from '@latchkey/testkit';
import { describe, expect, test } from 'vitest';
import { realm } from '../../test/realm.ts';
import { keyAt, sessionRecord, signInRecord, slotAt } from '../../test/records.ts';
import type { StoreKey } from '../session-store.ts';
import { createMemoryStore, createMemoryTable } from './memory.ts';
import { createSlotStore } from './slot-store.ts';

async function makeHarness(): Promise<StoreHarness> {
  const clock = createFakeClock();
  const table = createMemoryTable(1000);
  return {
    open: async () => createSlotStore(table, { clock: clock.now, describe: 'The memory store' }),
    advance: async (milliseconds) => clock.advance(milliseconds),
    close: async () => undefined,
  };
}

describe('store contract', () => {
  for (const { name, run } of storeContract) test(name, () => run(makeHarness));
});

const session = sessionRecord({ signedIn: false });
const signIn = signInRecord();

test('read answers without a promise', async () => {
  const store = createMemoryStore();
  await store.create(keyAt(1), session);
  expect(store.read(keyAt(1))).toMatchObject({ session: { scope: 'shop' } });
  expect(store.read(keyAt(2))).toBe(null);
});

test('beyond maxSessions the oldest anonymous session goes, and no sign-in', async () => {
  const store = createMemoryStore({ maxSessions: 10 });
  await store.createSignIn(slotAt(0), signIn, realm);
  await store.create(keyAt(0), { ...session, signedIn: true });
  for (let index = 1; index <= 11; index += 1) await store.create(keyAt(index), session);
  expect(store.read(keyAt(1))).toBe(null);
  expect(store.read(keyAt(2))).not.toBe(null);
  expect(store.read(keyAt(11))).not.toBe(null);
  expect(store.read(keyAt(0))).not.toBe(null);
});

test('beyond maxSessions the oldest sign-in goes, and no tombstone', async () => {
  const store = createMemoryStore({ maxSessions: 3 });
  await store.createSignIn(slotAt(0), signIn, realm);
  await store.endSignIn(slotAt(0), 'sign-out');
  for (let index = 1; index <= 4; index += 1)
    await store.createSignIn(slotAt(index), signIn, realm);
  expect(await store.readSignIn(slotAt(1))).toBe(null);
  expect(await store.readSignIn(slotAt(2))).not.toBe(null);
  expect(await store.createSignIn(slotAt(0), signIn, realm)).toBe('ended');
});

test('what expired is forgotten a little with each write', async () => {
  const clock = createFakeClock();
  const table = createMemoryTable(1000);
  const store = createSlotStore(table, { clock: clock.now, describe: 'The memory store' });
  for (let index = 0; index < 100; index += 1) await store.create(keyAt(index), session);
  clock.advance(601_000);
  for (let index = 100; index < 120; index += 1) await store.create(keyAt(index), session);
  expect(table.findSlot(slotAt(0))).toBe(null);
  expect(table.findSlot(slotAt(99))).toBe(null);
  expect(table.findSlot(slotAt(119))).not.toBe(null);
});

test('a last use is the instant of the clock', async () => {
  const clock = createFakeClock(1000);
  const store = createMemoryStore({ now: clock.now });
  await store.create(keyAt(1), session);
  clock.advance(500);
  await store.touch(keyAt(1), 60);
  expect(await store.read(keyAt(1))).toMatchObject({ usedAt: 1500 });
});

test('what replaced a key is known for ten minutes to the millisecond, and when it ended too', async () => {
  const clock = createFakeClock(1_000_000);
  const store = createMemoryStore({ now: clock.now });
  await store.create(keyAt(1), session);
  await store.create(keyAt(2), session);
  const successor = `${keyAt(1)}-new` as StoreKey;
  expect(await store.rotate(keyAt(1), successor)).toBe('rotated');
  await store.end(keyAt(2));
  clock.advance(599_999);
  expect(await store.findRetired(keyAt(1))).toEqual({ kind: 'replaced', successor });
  expect(await store.findRetired(keyAt(2))).toEqual({ kind: 'ended', at: 1_000_000 });
  clock.advance(1);
  for (const key of [keyAt(1), keyAt(2)]) expect(await store.findRetired(key)).toBe(null);
});

test('tombstones of one slot do not pile up, and drive out no session', async () => {
  const table = createMemoryTable(1000);
  const store = createSlotStore(table, { clock: () => 1000, describe: 'The memory store' });
  await store.createSignIn(slotAt(1), signIn, realm);
  await store.create(keyAt(1), { ...session, signedIn: true });
  for (let index = 0; index < 2000; index += 1) await store.end(`${keyAt(1)}-${index}` as StoreKey);
  expect(table.sessionsOf(slotAt(1))).toHaveLength(1024);
  expect(store.read(keyAt(1))).not.toBe(null);
});

test('ending a sign-in keeps none of its sessions, but what was replaced', async () => {
  const table = createMemoryTable(1000);
  const store = createSlotStore(table, { clock: () => 1000, describe: 'The memory store' });
  await store.createSignIn(slotAt(1), signIn, realm);
  await store.create(keyAt(1), { ...session, signedIn: true });
  await store.rotate(keyAt(1), `${keyAt(1)}-new` as StoreKey);
  await store.endSignIn(slotAt(1), 'sign-out');
  const kept = table.sessionsOf(slotAt(1));
  expect(kept.map(([key, { record }]) => [key, record])).toEqual([[keyAt(1), null]]);
});

test('a sign-in that made room for others is in no list', async () => {
  const store = createMemoryStore({ maxSessions: 3 });
  for (let index = 1; index <= 5; index += 1) {
    await store.createSignIn(slotAt(index), { ...signIn, id: `sign-in ${index}` }, realm);
  }
  const listed = await store.listSignIns(realm, 'account', 10);
  expect(listed.map(({ slot }) => slot)).toEqual([slotAt(5), slotAt(4), slotAt(3)]);
});

test('maxSessions out of bounds is refused', () => {
  for (const maxSessions of [0, -1, 1.5, Number.NaN]) {
    expect(() => createMemoryStore({ maxSessions })).toThrow(
      expect.objectContaining({ code: 'option_invalid' }),
    );
  }
});
