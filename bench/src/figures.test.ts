import { expect, test } from 'vitest';
import { differences, quantile, ratios, rounded, spreadOf } from './figures.ts';

test('the spread of rounds is their middle, lowest and highest value, in whatever order they came', () => {
  expect(spreadOf([10, 2, 1])).toEqual({ median: 2, lowest: 1, highest: 10 });
  expect(spreadOf([4, 1, 2, 3])).toEqual({ median: 2.5, lowest: 1, highest: 4 });
  expect(spreadOf([7])).toEqual({ median: 7, lowest: 7, highest: 7 });
});

test('a quantile lies between its neighbours in proportion; there is none of nothing', () => {
  expect(quantile([0, 10, 20, 30, 40], 0.99)).toBeCloseTo(39.6);
  expect(quantile([], 0.5)).toBeNaN();
});

test('rounds are compared with the same round of the other side', () => {
  expect(ratios([30, 10], [20, 10])).toEqual([1.5, 1]);
  expect(differences([30, 10], [20, 10])).toEqual([10, 0]);
  expect(rounded(1.23456, 2)).toBe(1.23);
});
