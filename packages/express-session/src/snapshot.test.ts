import fc from 'fast-check';
import { expect, test } from 'vitest';
import { changesOfOthers, isUnchanged, takeSnapshot } from './snapshot.ts';

const data = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', 'd'),
  fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constant(undefined)),
);

test('a session is unchanged as long as the store would get the same data', () => {
  fc.assert(
    fc.property(data, data, (before, after) => {
      const snapshot = takeSnapshot(before);
      const isSame = ['a', 'b', 'c', 'd'].every(
        (key) => JSON.stringify(before[key]) === JSON.stringify(after[key]),
      );
      expect(isUnchanged(before, snapshot)).toBe(true);
      expect(isUnchanged(after, snapshot)).toBe(isSame);
    }),
  );
});

test('a change inside a value is a change; its cookie, its methods and what JSON leaves out are none', () => {
  const session: Record<string, unknown> = { list: [{ n: 1 }], cookie: { maxAge: 1 } };
  const snapshot = takeSnapshot(session);
  session['cookie'] = { maxAge: 2 };
  session['method'] = () => 1;
  session['nothing'] = undefined;
  expect(isUnchanged(session, snapshot)).toBe(true);
  session['list'] = [{ n: 2 }];
  expect(isUnchanged(session, snapshot)).toBe(false);
});

test('a text is not taken for the object that it looks like', () => {
  expect(isUnchanged({ a: '{"n":1}' }, takeSnapshot({ a: { n: 1 } }))).toBe(false);
});

test('a date is the text that the store keeps of it', () => {
  const at = new Date(0);
  expect(isUnchanged({ at }, takeSnapshot({ at: at.toJSON() }))).toBe(true);
});

test('what JSON cannot say is refused where the app can hear of it', () => {
  expect(() => takeSnapshot({ n: 1n })).toThrow(TypeError);
});

test('keys that only others changed are taken over, keys that this request changed are not', () => {
  const base = takeSnapshot({ a: 1, b: 1, c: 1, d: 1 });
  const mine = { a: 2, b: 1, c: 1, d: 1 };
  const stored = { a: 3, b: 3, d: 1, e: 5, cookie: {} };
  expect(Object.fromEntries(changesOfOthers(mine, base, stored))).toEqual({
    b: 3,
    c: undefined,
    e: 5,
  });
});

test('keys of a record that would become methods or a prototype are left out', () => {
  const stored = JSON.parse('{"__proto__":{"x":1},"constructor":1,"toString":2,"id":3,"req":4}');
  expect(changesOfOthers({}, takeSnapshot({}), stored).size).toBe(0);
});

test('two requests that change different keys both survive, in either order', () => {
  fc.assert(
    fc.property(data, data, data, (before, one, other) => {
      const base = takeSnapshot(before);
      const mine = { ...before, ...pick(one, ['a', 'b']) };
      const theirs = { ...before, ...pick(other, ['c', 'd']) };
      const merged: Record<string, unknown> = { ...mine };
      for (const [key, value] of changesOfOthers(mine, base, theirs)) merged[key] = value;
      expect(JSON.parse(JSON.stringify(sorted(merged)))).toEqual(
        JSON.parse(
          JSON.stringify(
            sorted({ ...before, ...pick(one, ['a', 'b']), ...pick(other, ['c', 'd']) }),
          ),
        ),
      );
    }),
  );
});

function pick(from: Record<string, unknown>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.filter((key) => key in from).map((key) => [key, from[key]]));
}

function sorted(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
