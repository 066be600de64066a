import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  applyChanges,
  type Changes,
  findChanges,
  maxDataLength,
  parseData,
  settle,
} from './changes.ts';

/** A name that could not be written as a literal without being taken for the accessor. */
const protoKey = '__proto__';
const json = fc.jsonValue({ maxDepth: 2 });
const key = fc.oneof(
  fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', 'toString', 'hasOwnProperty', ''),
  fc.string({ maxLength: 3 }),
);
const entries = fc.uniqueArray(fc.tuple(key, json), { selector: ([name]) => name, maxLength: 6 });
const record = entries.map((pairs) => JSON.stringify(Object.fromEntries(pairs)));

/** What the request leaves behind in `data`, as text. */
function textOf(data: Record<string, unknown>): string {
  return JSON.stringify(Object.fromEntries(Object.entries(data)));
}

function sorted(text: string): string {
  return JSON.stringify(Object.entries(parseData(text)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function expectChanges(text: string, data: Record<string, unknown>): Changes {
  const changes = findChanges(text, data);
  if (changes === null) throw new Error('nothing was found to have changed');
  return changes;
}

describe('parseData', () => {
  test.each(['', 'x', '[]', '[1]', 'null', '1', '"a"', '{', '{"a":1}x', 'undefined'])(
    '%j, which is no JSON object, is no data',
    (text) => {
      expect(Object.keys(parseData(text))).toEqual([]);
    },
  );

  test('keys of every object are not there until they are stored', () => {
    const data = parseData('{}');
    for (const name of ['constructor', 'toString', '__proto__', 'isAdmin']) {
      expect(data[name]).toBe(undefined);
    }
  });

  test('a key named __proto__ is data and gives no properties', () => {
    const data = parseData('{"__proto__":{"isAdmin":true}}');
    expect(data['isAdmin']).toBe(undefined);
    expect(data[protoKey]).toEqual({ isAdmin: true });
    data['constructor'] = 1;
    expect(Object.keys(data)).toEqual(['__proto__', 'constructor']);
  });
});

describe('findChanges', () => {
  test('data as it was parsed has not changed', () => {
    fc.assert(fc.property(record, (text) => findChanges(text, parseData(text)) === null));
  });

  test('keys in another order have not changed', () => {
    expect(findChanges('{"a":1,"b":2}', { b: 2, a: 1 })).toBe(null);
  });

  test('set, replaced, removed and deeply changed keys are found, the others not', () => {
    const data = parseData('{"same":[1],"old":1,"gone":2,"deep":{"list":[1]}}');
    data['old'] = 2;
    data['new'] = null;
    delete data['gone'];
    (data['deep'] as { list: number[] }).list.push(2);
    const changes = expectChanges('{"same":[1],"old":1,"gone":2,"deep":{"list":[1]}}', data);
    expect([...changes.set]).toEqual([
      ['old', '2'],
      ['deep', '{"list":[1,2]}'],
      ['new', 'null'],
    ]);
    expect(changes.removed).toEqual(['gone']);
  });

  test('a key set to undefined is a removed one', () => {
    const changes = expectChanges('{"a":1,"b":1}', { a: undefined, c: undefined });
    expect(changes.set.size).toBe(0);
    expect(changes.removed).toEqual(['a', 'b']);
    expect(findChanges('{}', { a: undefined })).toBe(null);
  });

  test.each([
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
  ])('%s is refused, also where nothing else changed', (_what, value) => {
    expect(() => findChanges('{}', { a: value })).toThrow(
      expect.objectContaining({
        code: 'session_data_invalid',
        message: expect.stringContaining('session.data.a is'),
      }),
    );
  });

  test('a date that was stored as text has not changed', () => {
    const at = new Date(0);
    expect(findChanges(JSON.stringify({ at }), { at })).toBe(null);
  });

  test('the value is taken when changes are looked for, not when they are written', () => {
    const cart = ['apple'];
    const changes = expectChanges('{}', { cart });
    cart.push('pear');
    expect(applyChanges('{}', changes)).toBe('{"cart":["apple"]}');
  });

  test.each([
    [
      'a cycle',
      () => {
        const a: unknown[] = [];
        a.push(a);
        return a;
      },
    ],
    ['a BigInt', () => 1n],
    [
      'a toJSON that throws',
      () => ({
        toJSON: () => {
          throw new Error('no');
        },
      }),
    ],
  ])('%s is refused with a coded error', (_name, make) => {
    expect(() => findChanges('{}', { bad: make() })).toThrow(
      expect.objectContaining({ code: 'session_data_invalid' }),
    );
  });
});

describe('applyChanges', () => {
  test('what was found is what makes the old text the new data', () => {
    fc.assert(
      fc.property(record, record, (before, after) => {
        const changes = findChanges(before, parseData(after));
        const merged = changes === null ? before : applyChanges(before, changes);
        expect(sorted(merged)).toBe(sorted(after));
      }),
    );
  });

  test('changes of different keys commute', () => {
    fc.assert(
      fc.property(record, entries, entries, (text, mine, theirs) => {
        const before = new Set(Object.keys(parseData(text)));
        const names = new Set(mine.map(([name]) => name));
        const split = (pairs: typeof mine, isMine: boolean): Changes => ({
          set: new Map(
            pairs
              .filter(([name]) => isMine || !names.has(name))
              .map(([name, value]) => [name, JSON.stringify(value)]),
          ),
          removed: [...before].filter((name) => names.has(name) === isMine).slice(0, 1),
        });
        const [first, second] = [split(mine, true), split(theirs, false)];
        fc.pre(![...first.set.keys()].some((name) => first.removed.includes(name)));
        fc.pre(![...second.set.keys()].some((name) => second.removed.includes(name)));
        const oneWay = applyChanges(applyChanges(text, first), second);
        const otherWay = applyChanges(applyChanges(text, second), first);
        expect(sorted(oneWay)).toBe(sorted(otherWay));
      }),
    );
  });

  test('changes that were applied already change nothing', () => {
    fc.assert(
      fc.property(record, record, (before, after) => {
        const changes = findChanges(before, parseData(after));
        fc.pre(changes !== null);
        const once = applyChanges(before, changes);
        expect(applyChanges(once, changes)).toBe(once);
      }),
    );
  });

  test('a key named __proto__ stays data', () => {
    const data = parseData('{}');
    data[protoKey] = { isAdmin: true };
    const text = applyChanges('{"a":1}', expectChanges('{}', data));
    expect(text).toBe('{"a":1,"__proto__":{"isAdmin":true}}');
    expect(({} as Record<string, unknown>)['isAdmin']).toBe(undefined);
  });

  test('data of 262,144 characters is stored, one more is refused', () => {
    const room = maxDataLength - '{"a":""}'.length;
    const fill = (length: number): Changes => expectChanges('{}', { a: 'x'.repeat(length) });
    expect(applyChanges('{}', fill(room))).toHaveLength(maxDataLength);
    expect(() => applyChanges('{}', fill(room + 1))).toThrow(
      expect.objectContaining({ code: 'session_data_invalid' }),
    );
  });
});

describe('settle', () => {
  test('what another request stored comes in, equal values keep their identity', () => {
    const base = '{"cart":["apple"],"theme":"dark"}';
    const data = parseData(base);
    const cart = data['cart'] as string[];
    cart.push('pear');
    const saved = expectChanges(base, data);
    settle(data, { base, saved }, '{"cart":["apple","pear"],"theme":"light","seen":1}');
    expect(data).toEqual({ cart: ['apple', 'pear'], theme: 'light', seen: 1 });
    expect(data['cart']).toBe(cart);
  });

  test('what the app changed after the changes were taken stays, to be saved next', () => {
    const base = '{"a":1,"b":1,"c":1}';
    const data = parseData(base);
    data['a'] = 2;
    const saved = expectChanges(base, data);
    data['a'] = 3;
    data['new'] = true;
    delete data['b'];
    const stored = applyChanges(base, saved);
    settle(data, { base, saved }, stored);
    const next = expectChanges(stored, data);
    expect([...next.set]).toEqual([
      ['a', '3'],
      ['new', 'true'],
    ]);
    expect(next.removed).toEqual(['b']);
  });

  test('with nothing changed in between, the data is what is stored', () => {
    fc.assert(
      fc.property(record, record, record, (base, mine, theirs) => {
        const data = parseData(mine);
        const saved = findChanges(base, data) ?? { set: new Map(), removed: [] };
        const foreign = findChanges(base, parseData(theirs));
        const stored = applyChanges(foreign === null ? base : applyChanges(base, foreign), saved);
        settle(data, { base, saved }, stored);
        expect(sorted(textOf(data))).toBe(sorted(stored));
      }),
    );
  });
});
