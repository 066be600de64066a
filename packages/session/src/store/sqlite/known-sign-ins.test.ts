import { expect, test } from 'vitest';
import { signInRecord, slotAt } from '../../../test/records.ts';
import { encodeSignIn, tombstone } from '../record.ts';
import { createKnownSignIns } from './known-sign-ins.ts';

const text = encodeSignIn(signInRecord());

test('a text that lies at a slot unchanged is decoded once', () => {
  const known = createKnownSignIns();
  const first = known.signInOf(slotAt(1), text);
  expect(first).toEqual(signInRecord());
  expect(known.signInOf(slotAt(1), `${text}`)).toBe(first);
  expect(known.signInOf(slotAt(2), text)).not.toBe(first);
});

test('any other text at the slot is decoded anew, also of the same version', () => {
  const known = createKnownSignIns();
  known.signInOf(slotAt(1), text);
  const other = signInRecord({ apps: {} });
  expect(known.signInOf(slotAt(1), encodeSignIn(other))).toEqual(other);
  for (const broken of [tombstone, text.slice(0, -1), '']) {
    expect(known.signInOf(slotAt(1), broken)).toBe(null);
  }
  expect(known.signInOf(slotAt(1), text)).toEqual(signInRecord());
});

test('what was forgotten is decoded anew', () => {
  const known = createKnownSignIns();
  const first = known.signInOf(slotAt(1), text);
  known.forget(slotAt(1));
  const second = known.signInOf(slotAt(1), text);
  expect(second).toEqual(first);
  expect(second).not.toBe(first);
});

test('no more sign-ins are remembered than may be, and none with a long text', () => {
  const known = createKnownSignIns(2);
  const [first, second] = [1, 2].map((slot) => known.signInOf(slotAt(slot), text));
  expect(known.signInOf(slotAt(1), text)).toBe(first);
  expect(known.signInOf(slotAt(2), text)).toBe(second);
  known.signInOf(slotAt(3), text);
  expect(known.signInOf(slotAt(1), text)).not.toBe(first);
  const long = encodeSignIn(signInRecord({ device: 'x'.repeat(1024) }));
  const read = [1, 2].map(() => known.signInOf(slotAt(1), long));
  expect(read[0]).toEqual(read[1]);
  expect(read[0]).not.toBe(read[1]);
});

test('what one request changes in a sign-in no other sees, however long its text', () => {
  for (const device of ['', 'x'.repeat(1024)]) {
    const signIn = createKnownSignIns().signInOf(slotAt(1), encodeSignIn(signInRecord({ device })));
    const parts = [signIn, signIn?.account, signIn?.apps, signIn?.methods];
    expect(parts.every((part) => Object.isFrozen(part))).toBe(true);
  }
});
