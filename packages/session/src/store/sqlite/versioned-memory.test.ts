import { expect, test } from 'vitest';
import { keyAt, sessionRecord, signInRecord, slotAt } from '../../../test/records.ts';
import type { StoreKey } from '../../session-store.ts';
import { createVersionedMemory, type FoundRows, type VersionedMemory } from './versioned-memory.ts';

/** A database of which everything can be changed and counted. */
function make(options: { readonly maxSlots?: number } = {}) {
  const asked = { version: 0, rows: 0 };
  const data = { version: 1, text: '{}' };
  const memory: VersionedMemory = createVersionedMemory({
    readVersion() {
      asked.version += 1;
      return data.version;
    },
    readRows(): FoundRows {
      asked.rows += 1;
      const times = { expiresAt: 600, usedAt: 0, idleAt: 60, madeAt: 0 };
      const place = { replacedBy: null, ordinal: 1, expiresAt: 600 };
      return {
        session: { record: sessionRecord({ data: data.text }), ...place },
        slot: { ...times, hasEnded: false, signIn: signInRecord() },
      };
    },
    ...options,
  });
  const textAt = (key: StoreKey) => memory.find(key).session?.record?.data;
  return { asked, data, memory, textAt };
}

test('rows are read once for as long as nobody else changes anything', () => {
  const { asked, textAt } = make();
  for (let time = 0; time < 5; time += 1) expect(textAt(keyAt(1))).toBe('{}');
  expect(asked).toEqual({ version: 5, rows: 1 });
});

test('a change by somebody else is seen by the very next read, of whatever slot it was', () => {
  const { data, textAt } = make();
  const keys = [keyAt(1), keyAt(2)];
  for (let change = 0; change < 50; change += 1) {
    // Read often, so that memory does not rest.
    for (let time = 0; time < 3; time += 1) for (const key of keys) textAt(key);
    data.version += 1;
    data.text = `{"change":${change}}`;
    for (const key of keys) expect(textAt(key)).toBe(data.text);
  }
});

test('a slot that this process writes is forgotten, others are not', () => {
  const { asked, data, memory, textAt } = make();
  for (const key of [keyAt(1), keyAt(2)]) textAt(key);
  memory.forget(slotAt(1));
  data.text = '{"own":1}';
  expect([textAt(keyAt(1)), textAt(keyAt(2))]).toEqual(['{"own":1}', '{}']);
  expect(asked.rows).toBe(3);
});

test('another session of the same slot is never taken for the one remembered', () => {
  const { asked, textAt } = make();
  for (const hash of ['a', 'b', 'a']) textAt(keyAt(1, hash));
  expect(asked.rows).toBe(3);
});

test('where others write all the time the version is hardly asked for', () => {
  const { asked, data, textAt } = make();
  for (let time = 0; time < 10_000; time += 1) {
    data.version += 1;
    data.text = `{"time":${time}}`;
    expect(textAt(keyAt(1))).toBe(data.text);
  }
  expect(asked.version).toBeLessThan(1000);
  const before = asked.rows;
  for (let time = 0; time < 1000; time += 1) textAt(keyAt(1));
  // They stopped: after a rest memory answers again.
  expect(asked.rows - before).toBeLessThan(100);
});

test('what was remembered before a rest is given after it only if nothing changed meanwhile', () => {
  const { data, textAt } = make({ maxSlots: 2 });
  for (let slot = 0; slot < 3; slot += 1) textAt(keyAt(slot));
  data.version += 1;
  data.text = '{"changed":1}';
  for (let time = 0; time < 200; time += 1) expect(textAt(keyAt(2))).toBe('{"changed":1}');
});

test('no more slots are remembered than may be, however many are asked for', () => {
  const { asked, textAt } = make({ maxSlots: 100 });
  for (let slot = 0; slot < 100; slot += 1) textAt(keyAt(slot));
  for (let slot = 0; slot < 100; slot += 1) textAt(keyAt(slot));
  expect(asked.rows).toBe(100);
  for (let slot = 100; slot < 1000; slot += 1) textAt(keyAt(slot));
  const before = asked.rows;
  for (let slot = 0; slot < 1000; slot += 1) textAt(keyAt(slot));
  expect(asked.rows - before).toBeGreaterThanOrEqual(900);
});

test('a session with much data is not remembered', () => {
  const { asked, data, textAt } = make();
  data.text = JSON.stringify('x'.repeat(5000));
  for (const time of [1, 2]) expect([time, textAt(keyAt(7))]).toEqual([time, data.text]);
  expect(asked.rows).toBe(2);
});

test('what one request changes in a sign-in no other sees', () => {
  const found = make().memory.find(keyAt(1)).slot?.signIn;
  const parts = [found, found?.account, found?.apps, found?.methods];
  expect(parts.every((part) => Object.isFrozen(part))).toBe(true);
});
