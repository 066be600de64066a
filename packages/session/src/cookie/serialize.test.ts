import fc from 'fast-check';
import { Cookie, CookieJar } from 'tough-cookie';
import { describe, expect, test } from 'vitest';
import { readCookieValues } from './read.ts';
import { type CookieScope, clearCookieLine, setCookieLine } from './serialize.ts';

const hostOnly: CookieScope = {
  name: '__Host-kittens_session',
  domain: null,
  secure: true,
  sameSite: 'lax',
};
const shared: CookieScope = {
  name: '__Secure-kittens_session',
  domain: 'kittens.example',
  secure: true,
  sameSite: 'lax',
};
const bare: CookieScope = {
  name: '_kittens_session',
  domain: null,
  secure: false,
  sameSite: 'strict',
};
const scopes = [hostOnly, shared, bare];

function parse(line: string): Cookie {
  const cookie = Cookie.parse(line);
  if (cookie === undefined) throw new Error(`not a cookie: ${line}`);
  return cookie;
}

/** A jar that refuses what browsers refuse, prefixes included. */
function strictJar(): CookieJar {
  return new CookieJar(undefined, { prefixSecurity: 'strict', rejectPublicSuffixes: true });
}

describe('setCookieLine', () => {
  test('a host-only cookie has Path, HttpOnly, Secure and SameSite, and no Domain', () => {
    expect(setCookieLine(hostOnly, 'v')).toBe(
      '__Host-kittens_session=v; Path=/; HttpOnly; Secure; SameSite=Lax',
    );
  });

  test('a shared cookie has its Domain', () => {
    expect(setCookieLine(shared, 'v')).toBe(
      '__Secure-kittens_session=v; Domain=kittens.example; Path=/; HttpOnly; Secure; SameSite=Lax',
    );
  });

  test('Secure is left out only where the scope says so, SameSite never', () => {
    expect(setCookieLine(bare, 'v')).toBe('_kittens_session=v; Path=/; HttpOnly; SameSite=Strict');
  });

  test.each(scopes)('tough-cookie reads $name as it was meant', (scope) => {
    const cookie = parse(setCookieLine(scope, 'a.B-_9', 600));
    expect(cookie).toMatchObject({
      key: scope.name,
      value: 'a.B-_9',
      path: '/',
      httpOnly: true,
      secure: scope.secure,
      domain: scope.domain,
      sameSite: scope.sameSite,
      maxAge: 600,
    });
  });

  test.for([
    [hostOnly, 'https://shop.kittens.example/cart', 'https://blog.kittens.example/', false],
    [shared, 'https://shop.kittens.example/cart', 'https://blog.kittens.example/', true],
    [bare, 'http://localhost/', 'http://localhost/other', true],
  ] as const)(
    'a strict jar keeps %o and sends it only where it should',
    async ([scope, at, elsewhere, goes]) => {
      const jar = strictJar();
      await jar.setCookie(setCookieLine(scope, 'v'), at);
      expect(await jar.getCookieString(at)).toBe(`${scope.name}=v`);
      expect(await jar.getCookieString(elsewhere)).toBe(goes ? `${scope.name}=v` : '');
    },
  );

  test('a __Host- cookie with a Domain would be refused by that jar', async () => {
    const jar = strictJar();
    const line = setCookieLine({ ...hostOnly, domain: 'kittens.example' }, 'v');
    await expect(jar.setCookie(line, 'https://shop.kittens.example/')).rejects.toThrow();
  });

  test('name and value of 4,096 bytes together are written, of 4,097 refused', () => {
    const room = 4096 - hostOnly.name.length;
    expect(parse(setCookieLine(hostOnly, 'x'.repeat(room))).value).toHaveLength(room);
    expect(() => setCookieLine(hostOnly, 'x'.repeat(room + 1))).toThrow(
      expect.objectContaining({ code: 'cookie_too_large' }),
    );
  });

  test.each(['a;b', 'a b', 'a,b', 'a"b', 'a\\b', 'a\r\nSet-Cookie: b=c', '\0', '\x7f', 'é', '\t'])(
    'the value %j is refused, and not shown in the message',
    (value) => {
      let message = '';
      try {
        setCookieLine(hostOnly, value);
      } catch (error) {
        expect(error).toMatchObject({ code: 'option_invalid' });
        message = (error as Error).message;
      }
      expect(message).toContain(hostOnly.name);
      expect(message).not.toContain(value);
    },
  );

  test('every line is one line, and what it says comes back from a browser unchanged', () => {
    const value = fc.stringMatching(/^[!#-+\--:<-[\]-~]{0,80}$/);
    fc.assert(
      fc.property(fc.constantFrom(...scopes), value, (scope, text) => {
        const line = setCookieLine(scope, text);
        expect(line).toMatch(/^[ -~]+$/);
        const cookie = parse(line);
        expect(cookie.value).toBe(text);
        expect(readCookieValues(cookie.cookieString(), scope.name)).toEqual([text]);
      }),
    );
  });

  test('any other text is refused with a coded error, never written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(!/^[!#-+\--:<-[\]-~]*$/.test(text));
        expect(() => setCookieLine(bare, text)).toThrow(
          expect.objectContaining({ code: 'option_invalid' }),
        );
      }),
    );
  });
});

describe('clearCookieLine', () => {
  test.each(scopes)('$name is deleted with the attributes it was set with', (scope) => {
    const set = parse(setCookieLine(scope, 'v'));
    const clear = parse(clearCookieLine(scope));
    expect(clear).toMatchObject({ key: set.key, value: '', maxAge: 0 });
    for (const part of ['domain', 'path', 'secure', 'httpOnly', 'sameSite'] as const) {
      expect(clear[part]).toEqual(set[part]);
    }
  });

  test.each([
    [hostOnly, 'https://shop.kittens.example/'],
    [shared, 'https://shop.kittens.example/'],
    [bare, 'http://localhost/'],
  ] as const)('a strict jar drops %o', async (scope, at) => {
    const jar = strictJar();
    await jar.setCookie(setCookieLine(scope, 'v'), at);
    await jar.setCookie(clearCookieLine(scope), at);
    expect(await jar.getCookieString(at)).toBe('');
  });
});
