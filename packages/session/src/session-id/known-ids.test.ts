import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { realm } from '../../test/realm.ts';
import { createKnownIds } from './known-ids.ts';
import { createSessionId, createSlot, storeKey } from './session-id.ts';

const newId = () => createSessionId(createSlot(randomBytes), randomBytes);

test('a noted id has the key that hashing gives; every other has none', () => {
  const known = createKnownIds();
  const [id, other] = [newId(), newId()];
  known.note(id, storeKey(realm, id));
  expect(known.keyOf(`${id}`)).toBe(storeKey(realm, id));
  for (const value of [other, `${id} `, id.slice(1), id.toLowerCase(), '', '__proto__']) {
    expect(known.keyOf(value)).toBeUndefined();
  }
});

test('a part of a header is noted as what it is', () => {
  const known = createKnownIds();
  const id = newId();
  const cut = `a=b; name=${id}; c=d`.slice(10, 70) as typeof id;
  known.note(cut, storeKey(realm, id));
  expect(known.keyOf(id)).toBe(storeKey(realm, id));
});

test('of two ids that are found by one number neither has the key of the other', () => {
  const known = createKnownIds();
  const id = newId();
  // The same characters where the number is taken from.
  const twin = `${newId().slice(0, 17)}${id.slice(17, 22)}${newId().slice(22)}` as typeof id;
  known.note(id, storeKey(realm, id));
  expect(known.keyOf(twin)).toBeUndefined();
  known.note(twin, storeKey(realm, twin));
  expect(known.keyOf(twin)).toBe(storeKey(realm, twin));
  expect([undefined, storeKey(realm, id)]).toContain(known.keyOf(id));
});

test('no more than so many are kept, and a noted one again takes no place', () => {
  const known = createKnownIds(3);
  const ids = Array.from({ length: 50 }, newId);
  const kept = () => ids.filter((id) => known.keyOf(id) !== undefined).length;
  for (const id of ids) {
    known.note(id, storeKey(realm, id));
    expect(kept()).toBeLessThanOrEqual(3);
  }
  expect(kept()).toBe(3);
  const [first] = ids.filter((id) => known.keyOf(id) !== undefined);
  for (let time = 0; time < 50; time += 1) known.note(first ?? newId(), storeKey(realm, newId()));
  expect(kept()).toBe(3);
});
