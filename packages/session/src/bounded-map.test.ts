import { expect, test } from 'vitest';
import { BoundedMap } from './bounded-map.ts';

/** Asks for each in turn, as often as that; how many were there. */
function askInTurn(map: BoundedMap<number, string>, keys: number, times: number): number {
  let found = 0;
  for (let time = 0; time < times; time += 1) {
    for (let key = 0; key < keys; key += 1) {
      if (map.get(key) !== undefined) found += 1;
      else if (map.takesNew()) map.set(key, `${key}`);
    }
  }
  return found;
}

/** Which of these keys it has. */
const keptOf = (map: BoundedMap<number, string>, keys: readonly number[]): number[] =>
  keys.filter((key) => map.get(key) !== undefined);

test('what there is room for is kept', () => {
  expect(askInTurn(new BoundedMap(100), 100, 10)).toBe(900);
});

test('where more are asked for in turn than there is room for, most that fit are found', () => {
  const found = askInTurn(new BoundedMap(100), 125, 100);
  expect(found).toBeGreaterThan(0.6 * 12_500);
});

test('never more are kept than there is room for; the oldest goes first', () => {
  const map = new BoundedMap<number, string>(3);
  for (const key of [1, 2, 3, 4, 5]) map.set(key, '');
  expect(keptOf(map, [1, 2, 3, 4, 5])).toEqual([3, 4, 5]);
  // Kept already: nobody goes for it.
  map.set(3, 'again');
  expect(keptOf(map, [3, 4, 5])).toEqual([3, 4, 5]);
});

test('what was taken out makes room, and does not go a second time', () => {
  const map = new BoundedMap<number, string>(3);
  for (const key of [1, 2, 3]) map.set(key, '');
  map.delete(1);
  expect(map.takesNew()).toBe(true);
  for (const key of [4, 5]) map.set(key, '');
  expect(keptOf(map, [1, 2, 3, 4, 5])).toEqual([3, 4, 5]);
});

test('it takes in whoever comes again often enough, in the place of those who do not', () => {
  const map = new BoundedMap<number, string>(100);
  askInTurn(map, 100, 1);
  let asked = 0;
  for (; map.get(-1) === undefined; asked += 1) if (map.takesNew()) map.set(-1, '');
  expect(asked).toBe(16);
});

test('emptied it is as new', () => {
  const map = new BoundedMap<number, string>(3);
  for (const key of [1, 2, 3, 4]) map.set(key, '');
  map.clear();
  expect(keptOf(map, [1, 2, 3, 4])).toEqual([]);
  for (const key of [5, 6, 7, 8]) map.set(key, '');
  expect(keptOf(map, [5, 6, 7, 8])).toEqual([6, 7, 8]);
});
