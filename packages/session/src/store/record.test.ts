import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fuzzRuns } from '../../test/fuzz-runs.ts';
import { signInLists } from '../../test/sign-in-lists.ts';
import type { SessionRecord, SignInRecord, StoreKey } from '../session-store.ts';
import {
  decodeReplaced,
  decodeSession,
  decodeSignIn,
  encodeReplaced,
  encodeSession,
  encodeSignIn,
  tombstone,
} from './record.ts';

const version = fc.integer({ min: 1, max: 999_999_999_999_999 });
const instant = fc.integer({ min: 0, max: 8_640_000_000_000_000 });
const seconds = fc.integer({ min: 1, max: 4_000_000_000 });
const text = fc.string({ unit: 'binary' }).map((value) => value.toWellFormed());

const sessions: fc.Arbitrary<SessionRecord> = fc.record({
  version,
  scope: text,
  signedIn: fc.boolean(),
  createdAt: instant,
  idleSeconds: seconds,
  absoluteSeconds: seconds,
  data: text,
});

const plainSignIns: fc.Arbitrary<SignInRecord> = fc.record({
  version,
  id: text,
  account: fc.record({ id: text, email: text, name: text }, { noNullPrototype: true }),
  provedAt: instant,
  methods: fc.array(text),
  apps: fc
    .array(fc.tuple(text, fc.oneof(fc.constant(null), instant)))
    .map((entries) => Object.fromEntries(entries)),
  device: text,
  place: text,
  remembered: fc.boolean(),
  createdAt: instant,
  idleSeconds: seconds,
  absoluteSeconds: seconds,
});
/** Half of them with roles or groups. */
const signIns: fc.Arbitrary<SignInRecord> = fc
  .tuple(plainSignIns, signInLists(text))
  .map(([record, lists]) => ({ ...record, ...lists }));

test('a session comes back from its text as it was', () => {
  fc.assert(
    fc.property(sessions, (record) => {
      expect(decodeSession(encodeSession(record))).toEqual(record);
    }),
  );
});

test('a sign-in comes back from its text as it was', () => {
  fc.assert(
    fc.property(signIns, (record) => {
      const read = decodeSignIn(encodeSignIn(record));
      expect(read).toEqual(record);
      // toEqual looks past own keys like `__proto__`.
      expect(Object.keys(read?.apps ?? {}).sort()).toEqual(Object.keys(record.apps).sort());
    }),
  );
});

test('no text makes the readers throw', () => {
  const list = fc.array(fc.jsonValue()).map((values) => JSON.stringify(values));
  const hostile = fc.oneof(
    text,
    text.map((rest) => `[1,7,"s"${rest}`),
    fc.tuple(fc.constantFrom('s', 'a', 'i'), list, list).map(([kind, fixed, body]) => {
      return `[1,7,"${kind}",${fixed.slice(1)}\n${body}`;
    }),
  );
  fc.assert(
    fc.property(hostile, (value) => {
      decodeSession(value);
      decodeSignIn(value);
    }),
    { numRuns: fuzzRuns },
  );
});

test('a text cut short at any place reads as nothing, up to the app data', () => {
  const session = encodeSession({ ...sample, data: '' });
  for (let length = 0; length < session.length; length += 1) {
    expect(decodeSession(session.slice(0, length))).toBe(null);
  }
  const signIn = encodeSignIn(signInSample);
  for (let length = 0; length < signIn.length; length += 1) {
    expect(decodeSignIn(signIn.slice(0, length))).toBe(null);
  }
});

test('tombstones, other kinds and unknown formats read as nothing', () => {
  const session = encodeSession(sample);
  const signIn = encodeSignIn(signInSample);
  expect(decodeSession(tombstone)).toBe(null);
  expect(decodeSignIn(tombstone)).toBe(null);
  expect(decodeSession(signIn)).toBe(null);
  expect(decodeSignIn(session)).toBe(null);
  expect(decodeSession(session.replace('[1', '[2'))).toBe(null);
  expect(decodeSignIn(signIn.replace('[1', '[2'))).toBe(null);
});

test('the format is the one that other processes have written', () => {
  // When a format changes after a release, the new one gets a test of its own, and this one says that it is still read.
  expect(encodeSession(sample)).toBe('[1,7,"s","shop",1763760000000,604800,2592000]\n{"cart":[1]}');
  expect(encodeSession({ ...sample, signedIn: false })).toMatch(/^\[1,7,"a",/);
  expect(encodeSignIn(signInSample)).toBe(
    '[1,2,"i","s-1",1763760000000,["pwd"],1763760000001,604800,2592000,"Chrome on Linux","192.0.2.7",1]\n' +
      '["a-1","ada@kittens.example","Ada",["shop","blog"],[["toys",1800000000000]]]',
  );
});

test('where a session moved to comes back from its text, and is no record', () => {
  const successor = '{abcdefghijklmnop}:abcdefghijklmnopqrstuv' as StoreKey;
  for (const by of [{ successor }, { successor, left: 'shop\n{"cart":["\\n"]}' }]) {
    expect(decodeReplaced(encodeReplaced(by))).toEqual(by);
    expect(decodeSession(encodeReplaced(by))).toBe(null);
  }
  expect(decodeReplaced(encodeSession(sample))).toBe(null);
  expect(decodeReplaced(tombstone)).toBe(null);
});

const sample: SessionRecord = {
  version: 7,
  scope: 'shop',
  signedIn: true,
  createdAt: 1763760000000,
  idleSeconds: 604_800,
  absoluteSeconds: 2_592_000,
  data: '{"cart":[1]}',
};

const signInSample: SignInRecord = {
  version: 2,
  id: 's-1',
  account: { id: 'a-1', email: 'ada@kittens.example', name: 'Ada' },
  provedAt: 1763760000000,
  methods: ['pwd'],
  apps: { shop: null, toys: 1_800_000_000_000, blog: null },
  device: 'Chrome on Linux',
  place: '192.0.2.7',
  remembered: true,
  createdAt: 1763760000001,
  idleSeconds: 604_800,
  absoluteSeconds: 2_592_000,
};
