import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Cookie, parseSetCookie } from './cookie.ts';

function parsed(text: string, host: string | null = null): Cookie {
  const result = parseSetCookie(text, { host });
  if (result.kind !== 'cookie') throw new Error(result.why);
  return result.cookie;
}

test.each([
  ['a=1; Domain=Example.COM', 'example.com'],
  ['a=1; Domain=.example.com', 'example.com'],
  ['a=1; domain = example.com ', 'example.com'],
  ['a=1; Domain=a.example; Domain=b.example', 'b.example'],
  ['a=1; Domain=a.example; Domain=', null],
  ['a=1; Domain', null],
  ['a=1', null],
  [`a=1; Domain=b.example; Domain=${'x'.repeat(1025)}`, 'b.example'],
])('%j has the domain %j', (text, domain) => {
  expect(parsed(text).domain).toBe(domain);
});

test('the attributes are read in any case, and the last of each counts', () => {
  expect(parsed('a=1; SECURE; httponly; sameSITE=lax; Path=/x; path=y')).toMatchObject({
    secure: true,
    httpOnly: true,
    sameSite: 'lax',
    path: null,
  });
});

test('a name without value is nameless in an answer and a name in a description', () => {
  expect(parsed('sid; Domain=example.com')).toMatchObject({ name: '', octets: 3 });
  const described = parseSetCookie('sid; Domain=example.com', { origin: 'described' });
  expect(described).toMatchObject({ cookie: { name: 'sid', octets: 3, domain: 'example.com' } });
});

test('a public suffix that is the host itself makes a host-only cookie', () => {
  expect(parsed('a=1; Domain=github.io', 'github.io').domain).toBeNull();
  expect(parsed('a=1; Domain=github.io', 'kittens.github.io').domain).toBe('github.io');
});

test('the value is not kept', () => {
  expect(JSON.stringify(parsed('sid=very-secret; Path=/'))).not.toContain('very-secret');
});

test.each([
  ['a=\u0000', 'control-character'],
  ['a=1\r\nSet-Cookie: b=2', 'control-character'],
  ['', 'empty'],
  ['=; Domain=example.com', 'empty'],
])('%j is refused: %s', (text, why) => {
  expect(parseSetCookie(text)).toEqual({ kind: 'refused', why });
});

test('no text makes it throw', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.string(), (text, host) => {
      expect(['cookie', 'refused']).toContain(parseSetCookie(text, { host }).kind);
    }),
    { numRuns: 2_000 },
  );
});
