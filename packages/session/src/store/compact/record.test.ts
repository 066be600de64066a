import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fuzzRuns } from '../../../test/fuzz-runs.ts';
import { signInLists } from '../../../test/sign-in-lists.ts';
import type { SessionRecord, SignInRecord, StoreKey } from '../../session-store.ts';
import {
  decodeReplaced,
  decodeSession,
  decodeSignIn,
  encodeReplaced,
  encodeSession,
  encodeSignIn,
  ended,
  type RecordParts,
} from './record.ts';
import { count, cursorAt, signedCount, takeDigits } from './text.ts';

/** Seconds; what the scripts write. */
const idleAt = 1_795_312_400;

/** As the scripts write it. */
function textOf(kind: 'i' | 's' | 'g' | 'a', version: number, parts: RecordParts): string {
  const [created, life, rest] = parts;
  const createdAt = takeDigits(cursorAt(created, 0), 6);
  const idle = signedCount(idleAt - Math.floor(createdAt / 1000));
  const times = kind === 'i' || kind === 'a' ? created + idle : created;
  return kind + count(version) + times + count(2 * Number(life)) + rest;
}

const version = fc.integer({ min: 1, max: 999_999_999_999_999 });
/** Up to 2109. */
const instant = fc.integer({ min: 0, max: 2 ** 42 - 1 });
const seconds = fc.oneof(
  fc.integer({ min: 1, max: 4_000_000_000 }),
  fc.integer({ min: 1, max: 10_000 }).map((days) => days * 86_400),
  fc.integer({ min: 1, max: 100_000 }).map((milliseconds) => milliseconds / 1000),
);
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constant('\ud800x\u001f\u0001'),
);
const id = fc.oneof(fc.uuid(), fc.uuid({ version: 4 }), text);
const place = fc.oneof(fc.ipV4(), fc.ipV6(), text);

const sessions: fc.Arbitrary<SessionRecord> = fc.record({
  version,
  scope: text,
  signedIn: fc.boolean(),
  createdAt: instant,
  idleSeconds: seconds,
  absoluteSeconds: seconds,
  data: text.map((value) => value.toWellFormed()),
});

const plainSignIns: fc.Arbitrary<SignInRecord> = fc.record({
  version,
  id,
  account: fc.record(
    { id, email: fc.oneof(fc.emailAddress(), text), name: text },
    { noNullPrototype: true },
  ),
  provedAt: instant,
  methods: fc.oneof(fc.constant(['pwd']), fc.array(text)),
  apps: fc
    .array(fc.tuple(text, fc.oneof(fc.constant(null), instant)))
    .map((entries) => Object.fromEntries(entries)),
  device: fc.oneof(fc.constant('Firefox on Windows'), text),
  place,
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
    fc.property(sessions, fc.boolean(), (record, isAlone) => {
      const kind = record.signedIn ? 's' : isAlone ? 'a' : 'g';
      const stored = decodeSession(
        overTheWire(textOf(kind, record.version, encodeSession(record))),
      );
      expect(stored?.session).toEqual(record);
      expect(stored?.needsSignIn).toBe(kind !== 'a');
      const used = Math.round(idleAt * 1000 - record.idleSeconds * 1000);
      expect(stored?.usedAt === null ? null : Math.round(stored?.usedAt ?? 0)).toBe(
        kind === 'a' ? used : null,
      );
    }),
  );
});

test('a sign-in comes back from its text as it was', () => {
  fc.assert(
    fc.property(signIns, (record) => {
      const stored = decodeSignIn(overTheWire(textOf('i', record.version, encodeSignIn(record))));
      expect(stored?.signIn).toEqual(record);
      // toEqual looks past own keys like `__proto__`.
      const names = Object.keys(stored?.signIn.apps ?? {});
      expect(names.sort()).toEqual(Object.keys(record.apps).sort());
      expect(stored?.idleAt).toBe(idleAt * 1000);
    }),
  );
});

test('no text makes the readers throw, and what is cut short before its apps or data reads as nothing', () => {
  fc.assert(
    fc.property(
      text,
      fc.constantFrom('', 'i', 's', 'a', 'g', 'i\u0001', 'a\u0001'),
      (rest, start) => {
        decodeSession(start + rest);
        decodeSignIn(start + rest);
      },
    ),
    { numRuns: fuzzRuns },
  );
  const session = textOf('a', 7, encodeSession({ ...sample, data: '' }));
  for (let length = 0; length < session.length; length += 1) {
    expect(decodeSession(session.slice(0, length))).toBe(null);
  }
  const signIn = textOf('i', 7, encodeSignIn({ ...signInSample, apps: {} }));
  for (let length = 0; length < signIn.length; length += 1) {
    expect(decodeSignIn(signIn.slice(0, length))).toBe(null);
  }
});

test('tombstones, what was replaced, other kinds and other formats read as nothing', () => {
  const session = textOf('s', 1, encodeSession(sample));
  const signIn = textOf('i', 1, encodeSignIn(signInSample));
  const key = '{abcdefghijklmnop}:abcdefghijklmnopqrstuv' as StoreKey;
  const replaced = encodeReplaced({ successor: key });
  expect(replaced).toBe('>abcdefghijklmnopabcdefghijklmnopqrstuv');
  for (const other of [ended, replaced, '1.1s["shop"]\n{}', '']) {
    expect(decodeSession(other)).toBe(null);
    expect(decodeSignIn(other)).toBe(null);
  }
  expect(decodeSession(signIn)).toBe(null);
  expect(decodeSignIn(session)).toBe(null);
  for (const other of [session, signIn, ended, '']) expect(decodeReplaced(other)).toBe(null);
  expect(decodeReplaced(replaced)).toEqual({ successor: key });
  const left = 'shop\n{"cart":["wool"]}';
  expect(decodeReplaced(encodeReplaced({ successor: key, left }))).toEqual({
    successor: key,
    left,
  });
});

test('the format is the one that other processes have written', () => {
  // When a format changes after a release, the new one gets a fixture of its own, and this one moves to a test that it is read.
  const { signIn, session, alone } = JSON.parse(
    readFileSync(new URL('fixtures/records.json', import.meta.url), 'utf8'),
  ) as Record<'signIn' | 'session' | 'alone', string>;
  expect(textOf('i', 2, encodeSignIn(signInSample))).toBe(signIn);
  expect(textOf('s', 7, encodeSession(sample))).toBe(session);
  expect(textOf('a', 7, encodeSession({ ...sample, signedIn: false }))).toBe(alone);
  expect(decodeSignIn(signIn ?? '')?.signIn).toEqual(signInSample);
  // What the figures in docs/stores/redis.md rest on.
  expect([signIn.length, session.length, alone.length]).toEqual([133, 30, 35]);
});

/** Clients take replies for UTF-8. */
function overTheWire(value: string): string {
  return Buffer.from(value, 'utf8').toString('utf8');
}

const sample: SessionRecord = {
  version: 7,
  scope: 'shop',
  signedIn: true,
  createdAt: 1_763_760_000_000,
  idleSeconds: 604_800,
  absoluteSeconds: 2_592_000,
  data: '{"cart":[1]}',
};

const signInSample: SignInRecord = {
  version: 2,
  id: '0d4f4a8e-6f0e-4a53-9f2c-0b8a1b1d5c11',
  account: {
    id: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
    email: 'ada@kittens.example',
    name: 'Ada Lovelace',
  },
  provedAt: 1_763_760_000_000,
  methods: ['pwd'],
  apps: { shop: null, toys: 1_800_000_000_000, blog: null },
  device: 'Chrome on Linux',
  place: '192.0.2.7',
  remembered: true,
  createdAt: 1_763_760_000_001,
  idleSeconds: 604_800,
  absoluteSeconds: 2_592_000,
};
