import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sessionRecord, signInRecord } from '../../test/records.ts';
import { encodeSession, encodeSignIn, parseSession, parseSignIn, tombstone } from './record.ts';
import { scanSession, scanSignIn } from './scan-record.ts';

const session = encodeSession(sessionRecord());
const signIn = encodeSignIn(
  signInRecord({
    methods: ['pwd', 'otp'],
    device: 'Chrome on Linux',
    apps: { shop: null, 7: null },
  }),
);

/** Texts that almost are records: some characters taken out, put in or put in their place. */
function almost(text: string): fc.Arbitrary<string> {
  const pieces = fc.constantFrom(
    ...'0123456789[]{}",.:\\\n -+eiasn',
    '"__proto__"',
    '1.5',
    '1e3',
    '00',
    '\\u0041',
    '9999999999999999',
    '\u0001',
    'é',
    '',
  );
  const change = fc.tuple(fc.nat(text.length), fc.nat(3), pieces);
  return fc
    .array(change, { minLength: 1, maxLength: 3 })
    .map((changes) =>
      changes.reduce((now, [at, cut, put]) => now.slice(0, at) + put + now.slice(at + cut), text),
    );
}

test('what the quick way reads is what the way for any text reads', () => {
  fc.assert(
    fc.property(almost(session), (text) => {
      const scanned = scanSession(text);
      if (scanned !== null) expect(scanned).toEqual(parseSession(text));
    }),
    { numRuns: 20_000 },
  );
  fc.assert(
    fc.property(almost(signIn), (text) => {
      const scanned = scanSignIn(text);
      if (scanned === null) return;
      expect(scanned).toEqual(parseSignIn(text));
      expect(Object.getPrototypeOf(scanned.apps)).toBe(Object.prototype);
    }),
    { numRuns: 20_000 },
  );
});

test('plain records are read the quick way', () => {
  const anonymous = sessionRecord({ signedIn: false, version: 12, data: '"\n\\' });
  expect(scanSession(encodeSession(anonymous))).toEqual(anonymous);
  expect(scanSession(session)).toEqual(sessionRecord());
  expect(scanSignIn(signIn)).toEqual(parseSignIn(signIn));
  const remembered = signInRecord({ remembered: true, methods: [], apps: {} });
  expect(scanSignIn(encodeSignIn(remembered))).toEqual(remembered);
});

test.each([
  ['an escape in a string', encodeSession(sessionRecord({ scope: 'a "b"' })), session],
  ['a line break in a string', encodeSession(sessionRecord({ scope: 'a\nb' })), session],
  ['an end', tombstone, signIn],
  ['a grant that runs out', session, encodeSignIn(signInRecord({ apps: { shop: 1 } }))],
  ['an app that would be no property', session, signIn.replace('"shop"', '"__proto__"')],
  ['a format of before', session, signIn.replace(/^2/, '1')],
  ['a format from the future', session.replace(/^1/, '11'), signIn.replace(/^2/, '3')],
])('%s is left to the way for any text', (_, ofSession, ofSignIn) => {
  const scanned = [
    ofSession === session ? null : scanSession(ofSession),
    ofSignIn === signIn ? null : scanSignIn(ofSignIn),
  ];
  expect(scanned).toEqual([null, null]);
});
