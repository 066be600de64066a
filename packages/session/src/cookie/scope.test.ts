import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { resolveScope, type ScopeOptions } from './scope.ts';
import { clearCookieLine, setCookieLine } from './serialize.ts';

const origin = 'https://shop.kittens.example';
const key = 'kittens_session';

function read(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8');
}

describe('resolveScope', () => {
  test.each([
    ['a list', ['puppies.example', '.kittens.example', 'shop.kittens.example'], 'kittens.example'],
    ['a list in which nothing fits', ['puppies.example', 'ittens.example'], null],
    ['an empty list', [], null],
    ['a function', (host: string) => host.replace('shop.', ''), 'kittens.example'],
    ['a function that gives a dot too much', () => '.kittens.example', 'kittens.example'],
    ['a function that gives nothing', () => null, null],
  ])('%s as domain gives what fits the host', (_what, domain, want) => {
    const scope = resolveScope({ origin, key, domain });
    expect(scope).toMatchObject({
      name: `${want === null ? '__Host-' : '__Secure-'}${key}`,
      domain: want,
    });
  });

  test.each([
    [['example']],
    [() => 'example'],
    [() => 'puppies.example'],
    [() => 'kittens.example; Path=/evil'],
  ])('what %j gives is judged as if it were written', (domain) => {
    expect(() => resolveScope({ origin, key, domain })).toThrow(
      expect.objectContaining({ code: 'cookie_domain_refused' }),
    );
  });

  test('WS-2022-0330: a misspelt prefix is refused as a name, and ours are spelt as browsers know them', () => {
    for (const misspelt of ['Host__sid', '__host-sid', '__Host_sid', '_Host-sid', '__SECURE-sid']) {
      expect(() => resolveScope({ origin, key: misspelt })).toThrow(
        expect.objectContaining({ code: 'cookie_name_refused' }),
      );
    }
    expect(resolveScope({ origin, key: 'sid' }).name).toBe('__Host-sid');
  });

  test('a path other than / takes the __Host- prefix away, which browsers would refuse', () => {
    const scope = resolveScope({ origin, key, path: '/shop' });
    expect(scope).toMatchObject({ name: `__Secure-${key}`, domain: null, path: '/shop' });
  });

  test.each([
    ['https://shop.kittens.example', true, true],
    ['http://localhost:3000', true, true],
    ['http://127.0.0.1:3000', true, true],
    ['http://[::1]:3000', true, true],
    ['http://shop.kittens.localhost', false, false],
    ['http://shop.kittens.example', false, false],
  ])('for %s secure may be %j', (at, secure, want) => {
    const scope = resolveScope({ origin: at, key, secure });
    expect(scope).toMatchObject({ secure: want, name: want ? `__Host-${key}` : key });
  });

  test.each([
    ['secure false for https', { secure: false }, 'network'],
    ['secure true for http', { origin: 'http://shop.kittens.example', secure: true }, 'drop'],
    ['another secure', { secure: 'yes' }, 'secure'],
    ['SameSite None', { sameSite: 'none' }, 'every site'],
    ['SameSite in capitals', { sameSite: 'Lax' }, 'sameSite'],
    ['another prefix', { prefix: '__Host-' }, 'prefix'],
    ['another httpOnly', { httpOnly: 'false' }, 'httpOnly'],
    ['a relative path', { path: 'shop' }, 'path'],
    ['no path', { path: '' }, 'path'],
    ['a path with an attribute', { path: '/; Domain=kittens.example' }, 'path'],
    ['a path with a line break', { path: '/\r\nX: y' }, 'path'],
    ['a path beyond ASCII', { path: '/kätzchen' }, 'path'],
    ['a path that is too long', { path: `/${'x'.repeat(1024)}` }, 'path'],
    ['expireAfter 0', { expireAfter: 0 }, 'expireAfter'],
    ['a fraction of a second', { expireAfter: 0.5 }, 'expireAfter'],
    ['expireAfter as text', { expireAfter: '60' }, 'expireAfter'],
    ['more than 400 days', { expireAfter: 34_560_001 }, '400 days'],
    ['a domain that is a number', { domain: 5 }, 'domain'],
    ['a list with something else in it', { domain: ['kittens.example', 5] }, 'domain'],
    ['a function that gives something else', { domain: () => 5 }, 'domain'],
  ])('%s is refused, and the message says which', (_what, parts, word) => {
    const options = { origin, key, ...parts } as unknown as ScopeOptions;
    expect(() => resolveScope(options)).toThrow(
      expect.objectContaining({ code: 'option_invalid', message: expect.stringContaining(word) }),
    );
  });

  test('400 days are the most that browsers keep a cookie', () => {
    const scope = resolveScope({ origin, key, expireAfter: 34_560_000, httpOnly: false });
    expect(setCookieLine(scope, 'v')).toBe(
      `__Host-${key}=v; Max-Age=34560000; Path=/; Secure; SameSite=Lax`,
    );
    expect(clearCookieLine(scope)).toContain('; Max-Age=0;');
  });

  test('without a domain the cookie is of this host alone and has the __Host- prefix', () => {
    expect(resolveScope({ origin, key })).toEqual({
      name: '__Host-kittens_session',
      domain: null,
      secure: true,
      sameSite: 'lax',
    });
  });

  test.each([
    ['kittens.example', undefined, 'kittens.example'],
    ['.kittens.example', undefined, 'kittens.example'],
    ['shop.kittens.example', undefined, 'shop.kittens.example'],
    ['all', undefined, 'kittens.example'],
    ['all', 2, 'kittens.example'],
    ['all', 3, 'shop.kittens.example'],
  ])('domain %j with tldLength %j gives %j and the __Secure- prefix', (domain, tldLength, want) => {
    const scope = resolveScope({ origin, key, domain, ...(tldLength ? { tldLength } : {}) });
    expect(scope).toMatchObject({ name: '__Secure-kittens_session', domain: want, secure: true });
  });

  test.each([
    ['https://shop.kittens.example', true],
    ['http://shop.kittens.localhost:4001', true],
    ['http://localhost:3000', false],
    ['http://kittenslocalhost', false],
    ['http://shop.kittens.example', false],
  ])('a cookie of %s is Secure: %j', (at, secure) => {
    const scope = resolveScope({ origin: at, key });
    expect(scope.secure).toBe(secure);
    expect(scope.name).toBe(secure ? `__Host-${key}` : key);
  });

  test('prefix none keeps the bare name and everything else', () => {
    expect(
      resolveScope({ origin, key: '_kittens_session', domain: 'all', prefix: 'none' }),
    ).toEqual({
      name: '_kittens_session',
      domain: 'kittens.example',
      secure: true,
      sameSite: 'lax',
    });
  });

  test.each([
    ['https://co.uk', 'all', 'a public suffix'],
    ['https://shop.kittens.co.uk', 'co.uk', 'a public suffix'],
    ['https://kittens.github.io', 'all', 'a private public suffix, found by Rails’ guess'],
    ['https://kittens.github.io', 'github.io', 'a private public suffix'],
    ['https://github.io', 'github.io', 'a suffix that equals the host'],
    ['https://shop.kittens.example', 'example', 'a single label'],
    ['https://shop.kittens.example', 'com', 'a suffix of somebody else'],
    ['http://shop.localhost', 'localhost', 'the bare localhost'],
    ['https://127.0.0.1', '127.0.0.1', 'an IPv4 address'],
    ['https://127.0.0.1', '0.0.1', 'a part of an IPv4 address'],
    ['https://[::1]', '[::1]', 'an IPv6 address'],
    ['https://shop.kittens.example', '::1', 'another IPv6 address'],
    ['https://shop.kittens.example', '', 'nothing'],
    ['https://shop.kittens.example', '.', 'a dot'],
    ['https://shop.kittens.example', '..kittens.example', 'two leading dots'],
    ['https://shop.kittens.example', 'kittens.example.', 'a trailing dot'],
    ['https://shop.kittens.example', 'kittens..example', 'an empty label'],
    ['https://shop.kittens.example', 'Kittens.example', 'capitals'],
    ['https://shop.kittens.example', 'kittens.example:443', 'a port'],
    ['https://shop.kittens.example', 'kittens.example; Path=/evil', 'an attribute'],
    ['https://shop.kittens.example', 'kittens.example\r\nX: y', 'a line break'],
    ['https://shop.xn--mnchen-3ya.de', 'münchen.de', 'something beyond ASCII'],
    ['https://shop.kittens.example', 'puppies.example', 'another domain'],
    ['https://shop.kittens.example', 'ittens.example', 'a suffix within a label'],
    ['https://shop.kittens.example', 'blog.shop.kittens.example', 'a domain below the host'],
    ['https://-a.kittens.example', '-a.kittens.example', 'a label that begins with a hyphen'],
  ])('for %s the cookie domain %j is refused: %s', (at, domain) => {
    expect(() => resolveScope({ origin: at, key, domain })).toThrow(
      expect.objectContaining({ code: 'cookie_domain_refused' }),
    );
  });

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('tldLength %j is refused', (n) => {
    expect(() => resolveScope({ origin, key, domain: 'all', tldLength: n })).toThrow(
      expect.objectContaining({ code: 'option_invalid' }),
    );
  });

  test.each([
    'Host__kittens',
    '__Host-kittens',
    '__host_kittens',
    '__Host',
    '__HostHttp-kittens',
    '__Host-Http-kittens',
    '__Http-kittens',
    '__Secure-kittens',
    '__Secure_kittens',
    '_Host-kittens',
    'Host-kittens',
    'host__kittens',
    'Secure-kittens',
    'HTTP-kittens',
    '--Host-kittens',
    '_-Secure-kittens',
  ])('the name %s is refused as a misspelt prefix', (lookalike) => {
    expect(() => resolveScope({ origin, key: lookalike })).toThrow(
      expect.objectContaining({ code: 'cookie_name_refused' }),
    );
  });

  test.each(['', 'a b', 'a;b', 'a=b', 'a\r\nb', 'ä', '%48ost', 'x'.repeat(129)])(
    'the name %j is refused for its characters or length',
    (bad) => {
      expect(() => resolveScope({ origin, key: bad })).toThrow(
        expect.objectContaining({ code: 'cookie_name_refused' }),
      );
    },
  );

  test.each([
    '_host_admin_session',
    '_secure_shop_session',
    'httpd',
    'hostel_session',
    'sid',
    '_x',
  ])('the name %s is an ordinary one', (name) => {
    expect(resolveScope({ origin, key: name }).name).toBe(`__Host-${name}`);
  });
});

/** Lines of the public suffix list's own tests: a name, and the registrable domain it lies in (`null`: it is a suffix). */
const suffixRows = `
com null
example.com example.com
b.example.com example.com
uk.com null
example.uk.com example.uk.com
a.b.example.uk.com example.uk.com
co.uk null
kittens.co.uk kittens.co.uk
ck null
test.ck null
b.test.ck b.test.ck
www.ck www.ck
kobe.jp null
b.c.kobe.jp b.c.kobe.jp
city.kobe.jp city.kobe.jp
github.io null
kittens.github.io kittens.github.io
a.kittens.github.io kittens.github.io
k12.ak.us null
test.k12.ak.us test.k12.ak.us
`;

/** Whether a cookie domain is taken, from a host right below it. */
function isTaken(domain: string): boolean {
  try {
    const scope = resolveScope({ origin: `https://below.${domain}`, key, domain });
    return scope.domain === domain && clearCookieLine(scope).includes(`Domain=${domain};`);
  } catch (error) {
    expect(error).toMatchObject({ code: 'cookie_domain_refused' });
    return false;
  }
}

/** Each name as browsers spell it, with its registrable domain. */
function parseSuffixRows(text: string): [name: string, registrable: string | null][] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('//'))
    .map((line) => line.split(' '))
    .filter(([name = '']) => name !== 'null' && !name.startsWith('.'))
    .map(([name = '', registrable = '']) => [
      new URL(`https://${name}`).hostname,
      registrable === 'null' ? null : new URL(`https://${registrable}`).hostname,
    ]);
}

function expectLikeSuffixList(text: string): void {
  const rows = parseSuffixRows(text);
  const wrong = rows.filter(([name, registrable]) => isTaken(name) !== (registrable !== null));
  const lost = rows.filter(([, registrable]) => registrable !== null && !isTaken(registrable));
  expect({ wrong, lost }).toEqual({ wrong: [], lost: [] });
}

describe('public suffixes', () => {
  test('a suffix is refused, a registrable domain and what is below it are taken', () => {
    expectLikeSuffixList(suffixRows);
  });

  const file = '../../../../../shared/data/publicsuffix/tests.txt';
  if (existsSync(new URL(file, import.meta.url))) {
    test('every line of the public suffix list’s own tests is judged so', () => {
      expectLikeSuffixList(read(file));
    });
  }
});
