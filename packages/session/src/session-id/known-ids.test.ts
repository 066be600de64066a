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

test('no more than so many are kept', () => {
  const known = createKnownIds(3);
  const ids = Array.from({ length: 5 }, newId);
  for (const id of ids) known.note(id, storeKey(realm, id));
  expect(ids.map((id) => known.keyOf(id) !== undefined)).toEqual([false, false, false, true, true]);
  known.note(ids[4] ?? newId(), storeKey(realm, newId()));
  expect(ids.filter((id) => known.keyOf(id) !== undefined)).toHaveLength(2);
});
