import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSetCookie } from './cookie.ts';
import {
  type CookiePlaces,
  type CookieScope,
  powersOf,
  receivesCookie,
  scopeOf,
} from './receives.ts';

function scope(text: string, host: string | null = null, places: CookiePlaces = {}): CookieScope {
  const result = parseSetCookie(text, { host });
  if (result.kind !== 'cookie') throw new Error(result.why);
  return scopeOf(result.cookie, places);
}

const all = ['read', 'overwrite', 'shadow', 'evict', 'wipe'];

test('a domain cookie goes to the domain and everything below, wildcards included', () => {
  const domain = scope('a=1; Domain=example.com; Secure');
  const hosts = ['example.com', 'a.example.com', 'b.a.example.com', '*.example.com'];
  expect(hosts.map((host) => receivesCookie(domain, host))).toEqual([true, true, true, true]);
  const others = ['notexample.com', 'example.com.evil.net', 'com', 'a.example.com.', ''];
  expect(others.map((host) => receivesCookie(domain, host))).toEqual(Array(5).fill(false));
});

test('a host-only cookie goes to its host alone', () => {
  const own = scope('a=1; Secure', 'app.example.com');
  const hosts = ['app.example.com', 'example.com', 'x.app.example.com', '*.example.com'];
  expect(hosts.map((host) => receivesCookie(own, host))).toEqual([true, false, false, false]);
});

test('a cookie that browsers drop goes nowhere and gives nobody a power', () => {
  const dropped = scope('__Host-a=1; Domain=example.com; Secure; Path=/');
  expect(receivesCookie(dropped, 'a.example.com')).toBe(false);
  expect(powersOf(dropped, 'a.example.com')).toEqual([]);
});

test.for<[string, string | null, string, string[]]>([
  ['a=1; Domain=example.com; Secure', null, 'x.example.com', all],
  ['__Secure-a=1; Domain=example.com; Secure', null, 'x.example.com', all],
  ['a=1; Domain=app.example.com; Secure', null, 'x.example.com', ['shadow', 'evict', 'wipe']],
  ['a=1; Secure', 'app.example.com', 'x.example.com', ['shadow', 'evict', 'wipe']],
  ['__Host-a=1; Secure; Path=/', 'app.example.com', 'x.example.com', ['evict', 'wipe']],
  [
    '__host-http-a=1; Secure; HttpOnly; Path=/',
    'app.example.com',
    '*.x.example.com',
    ['evict', 'wipe'],
  ],
  ['a=1; Domain=example.com; Secure', null, 'x.example.net', []],
  ['a=1; Domain=kittens.github.io; Secure', null, 'puppies.github.io', []],
])('of %s (%s), %s has the powers %j', ([text, host, subject, powers]) => {
  expect(powersOf(scope(text, host), subject)).toEqual(powers);
});

test('where the host is not known, siblings on the sites of the family have their powers', () => {
  const unknown = scope('__Host-a=1; Secure; Path=/', null, { sites: ['example.com'] });
  expect(powersOf(unknown, 'x.example.com')).toEqual(['evict', 'wipe']);
  expect(receivesCookie(unknown, 'x.example.com')).toBe(false);
});

test('no host receives a cookie of a domain that it does not end with', () => {
  const label = fc.stringMatching(/^[a-z0-9-]{1,8}$/);
  const name = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.'));
  fc.assert(
    fc.property(name, name, (host, domain) => {
      const received = receivesCookie(scope(`a=1; Domain=${domain}; Secure`), host);
      if (received) expect(host === domain || host.endsWith(`.${domain}`)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});
