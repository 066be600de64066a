import { createRequire } from 'node:module';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Cookie } from './cookie.ts';

const { Cookie: Original } = createRequire(import.meta.url)('express-session') as {
  Cookie: typeof Cookie;
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2030, 0, 1) });
});
afterEach(() => {
  vi.useRealTimers();
});

const options = fc.record(
  {
    maxAge: fc.option(fc.integer({ min: 0, max: 10 ** 11 })),
    expires: fc.option(
      fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }),
    ),
    httpOnly: fc.boolean(),
    secure: fc.boolean(),
    path: fc.constantFrom('/', '/a/b', ''),
    domain: fc.constantFrom('kittens.example', '.kittens.example', ''),
    sameSite: fc.constantFrom(true, false, 'lax', 'strict', 'none'),
    partitioned: fc.boolean(),
    priority: fc.constantFrom('low', 'medium', 'high'),
    data: fc.constant({ path: '/taken' }),
  },
  { requiredKeys: [] },
);

describe('the cookie of a session', () => {
  test('is written, stored and measured as that of express-session', () => {
    fc.assert(
      fc.property(options, fc.string(), (given, value) => {
        const [ours, theirs] = [new Cookie(given), new Original(given)];
        expect(JSON.stringify(ours)).toBe(JSON.stringify(theirs));
        expect(ours.maxAge).toBe(theirs.maxAge);
        expect(ours.originalMaxAge).toBe(theirs.originalMaxAge);
        const text = value.toWellFormed();
        expect(ours.serialize('connect.sid', text)).toBe(theirs.serialize('connect.sid', text));
      }),
    );
  });

  test('counts down, and begins anew when maxAge or expires is set', () => {
    const cookie = new Cookie({ maxAge: 2_000 });
    vi.setSystemTime(Date.now() + 500);
    expect([cookie.maxAge, cookie.originalMaxAge]).toEqual([1_500, 2_000]);
    cookie.maxAge = 9_000;
    expect([cookie.maxAge, cookie.originalMaxAge]).toEqual([9_000, 9_000]);
    cookie.expires = new Date(Date.now() + 1_000);
    expect([cookie.maxAge, cookie.originalMaxAge]).toEqual([1_000, 1_000]);
    cookie.expires = null;
    expect([cookie.maxAge, cookie.originalMaxAge]).toEqual([null, null]);
  });

  test('refuses what is no option and what cannot be written', () => {
    expect(() => new Cookie('nope')).toThrow('argument options must be a object');
    expect(() => new Cookie({ maxAge: '5' })).toThrow('maxAge must be a number or Date');
    expect(() => new Cookie({ expires: new Date(Number.NaN) }).serialize('a', 'b')).toThrow(
      TypeError,
    );
    expect(() => new Cookie({ domain: 'a;b' }).serialize('a', 'b')).toThrow(TypeError);
    expect(() => new Cookie({ path: 'a;b' }).serialize('a', 'b')).toThrow(TypeError);
    expect(() => new Cookie().serialize('a b', 'c')).toThrow(TypeError);
  });

  test('takes no prototype and no methods from a record', () => {
    const hostile = JSON.parse('{"__proto__":{"path":"/x"},"serialize":1,"constructor":2}');
    const cookie = new Cookie(hostile);
    expect(cookie).toBeInstanceOf(Cookie);
    expect(cookie.serialize('a', 'b')).toBe('a=b; Path=/; HttpOnly');
  });
});
