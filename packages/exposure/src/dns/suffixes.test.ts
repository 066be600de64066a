import { describe, expect, test } from 'vitest';
import { createSuffixes } from './suffixes.ts';

const some = ['kittens.test', 'a.kittens.test', 'b.a.kittens.test'];
const many = [...some, ...Array.from({ length: 20 }, (_, at) => `n${at}.test`)];

describe.each([
  ['few', some],
  ['many', many],
])('of %s names', (_, names) => {
  const suffixes = createSuffixes(names);

  test.each([
    ['x.b.a.kittens.test', 'b.a.kittens.test', 'kittens.test'],
    ['a.kittens.test', 'a.kittens.test', 'kittens.test'],
    ['xa.kittens.test', 'kittens.test', 'kittens.test'],
    ['notkittens.test', null, null],
    ['test', null, null],
  ])('for %s the nearest is %s and the topmost %s', (name, nearest, topmost) => {
    expect(suffixes.nearest(name)).toBe(nearest);
    expect(suffixes.topmost(name)).toBe(topmost);
  });
});
