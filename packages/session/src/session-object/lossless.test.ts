import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refuseLossy } from './lossless.ts';

class Cart {
  readonly items = ['yarn'];
}

/** What is said of a value, or null. */
function refusalOf(value: unknown, key = 'cart'): string | null {
  try {
    refuseLossy(key, value);
    return null;
  } catch (error) {
    expect(error).toMatchObject({ code: 'session_data_invalid' });
    return (error as Error).message;
  }
}

describe('what JSON would change is refused, with its path', () => {
  const sparse: unknown[] = [];
  sparse[2] = 1;
  test.each<[string, unknown, string]>([
    ['a map', new Map([['a', 1]]), 'session.data.cart is a Map'],
    ['a set', { kinds: new Set() }, 'session.data.cart.kinds is a Set'],
    ['a date', [{ at: new Date(0) }], 'session.data.cart[0].at is a Date'],
    ['no number', { n: Number.NaN }, 'session.data.cart.n is NaN'],
    ['infinity', [1, Number.NEGATIVE_INFINITY], 'session.data.cart[1] is -Infinity'],
    ['an instance of a class', { own: new Cart() }, 'session.data.cart.own is a Cart'],
    ['a buffer', Buffer.from('x'), 'session.data.cart is a Buffer'],
    ['a pattern', /x/, 'session.data.cart is a RegExp'],
    ['an error', new TypeError('x'), 'session.data.cart is a TypeError'],
    ['undefined in a list', ['a', undefined], 'session.data.cart[1] is undefined'],
    ['a list with holes', { list: sparse }, 'session.data.cart.list is a list with holes'],
    ['a function', { toJSON: () => 1 }, 'session.data.cart.toJSON is a function'],
    ['a key that is no name', { 'a-b': Number.NaN }, 'session.data.cart["a-b"] is NaN'],
    ['an object in a wrapper', Object('text'), 'session.data.cart is a String'],
  ])('%s', (_what, value, words) => {
    expect(refusalOf(value)).toContain(words);
  });

  test('nested as deeply as JSON is written, without breaking the stack', () => {
    let value: unknown = Number.NaN;
    for (let depth = 0; depth < 100_000; depth += 1) value = [value];
    expect(refusalOf(value)?.length).toBeLessThan(600);
  });
});

describe('what comes back as it was is taken', () => {
  test.each<[string, unknown]>([
    ['undefined in an object', { a: undefined }],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 })],
    ['an object of another context', runInNewContext('({ a: [1, { b: null }] })')],
    ['one object in two places', [{}, {}].fill({ a: 1 })],
    ['numbers that are large', [Number.MAX_VALUE, 1e21, 0.1]],
  ])('%s', (_what, value) => {
    expect(refusalOf(value)).toBe(null);
  });

  test('whatever JSON can say', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(refusalOf(value)).toBe(null);
      }),
    );
  });
});
