import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { invitesCaches, makePrivate, makePrivateByDefault } from './cache-fields.ts';

const directives = fc.constantFrom(
  ...['public', 'PUBLIC', 's-maxage=60', 'S-MaxAge="60"', 'immutable', 'private', 'no-store'],
  ...[
    'must-understand',
    'no-store=?0',
    'private="set-cookie, x-own"',
    'no-cache="public"',
    'max-age=60',
    'must-revalidate',
    '',
    ' ',
  ],
);
const values = fc.array(directives, { maxLength: 6 }).map((parts) => parts.join(','));
const fieldNames = fc.constantFrom(
  ...['cache-control', 'cdn-cache-control', 'surrogate-control', 'x-accel-expires', 'x-own'],
);
const answers = fc.array(fc.tuple(fieldNames, values)).map((pairs) => new Headers(pairs));

/** As a shared cache reads it (RFC 9111, section 3), without our parser. */
function isKeptByNobodyElse(value: string | null): boolean {
  const bare = (value ?? '').replace(/"[^"]*"/g, '""').toLowerCase();
  const parts = bare.split(',').map((part) => part.trim());
  // A cache that knows `must-understand` does not read `no-store` beside it (section 5.2.2.3).
  return (
    parts.includes('private') || (parts.includes('no-store') && !parts.includes('must-understand'))
  );
}

describe('an answer with a cookie', () => {
  test('is private or not stored at all, whatever it said, and invites nobody any more', () => {
    fc.assert(
      fc.property(answers, (headers) => {
        makePrivate(headers);
        expect(isKeptByNobodyElse(headers.get('cache-control'))).toBe(true);
        expect(invitesCaches(headers)).toBe(false);
        const once = [...headers];
        makePrivate(headers);
        expect([...headers]).toEqual(once);
      }),
    );
  });

  test('keeps what else it says, in its order', () => {
    const headers = new Headers({
      'cache-control': 'max-age=60, public, must-revalidate, no-cache="a, b"',
      'cdn-cache-control': 'no-store',
      'x-accel-expires': '0',
      vary: 'accept',
    });
    makePrivate(headers);
    expect(Object.fromEntries(headers)).toEqual({
      'cache-control': 'private, max-age=60, must-revalidate, no-cache="a, b"',
      'cdn-cache-control': 'no-store',
      'x-accel-expires': '0',
      vary: 'accept',
    });
  });
});

test.each([
  ['public', true],
  ['Public, max-age=0', true],
  ['s-maxage=0', true],
  ['max-age=1, immutable', true],
  ['max-age=86400', false],
  ['private, max-age=60', false],
  ['no-cache="public, s-maxage"', false],
  ['x-public', false],
  ['', false],
])('Cache-Control: %s invites shared caches: %s', (value, expected) => {
  expect(invitesCaches(new Headers({ 'cache-control': value }))).toBe(expected);
});

test.each([
  ['cdn-cache-control', 'max-age=60', true],
  ['cloudflare-cdn-cache-control', 'max-age=60', true],
  ['surrogate-control', 'max-age=60', true],
  ['edge-control', 'max-age=60', true],
  ['x-accel-expires', '60', true],
  ['x-accel-expires', '@1700000000', true],
  ['x-accel-expires', '0', false],
  ['surrogate-control', 'no-store', false],
  ['cdn-cache-control', 'private', false],
  ['access-control-max-age', '60', false],
])('%s: %s invites shared caches: %s', (name, value, expected) => {
  expect(invitesCaches(new Headers([[name, value]]))).toBe(expected);
});

test('what somebody signed in is answered is kept by no cache, unless the app said something', () => {
  const silent = new Headers();
  makePrivateByDefault(silent);
  expect(silent.get('cache-control')).toBe('private, no-store');
  const said = new Headers({ 'cache-control': 'public' });
  makePrivateByDefault(said);
  expect(said.get('cache-control')).toBe('public');
});
