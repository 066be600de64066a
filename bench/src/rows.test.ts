import { expect, test } from 'vitest';
import { rowOf, tableOf } from './rows.ts';

const heading = { case: 'hit', metric: 'times bare', unit: 'ratio', atMost: 1.2 };

test('a row has the middle of its rounds, how far they lie apart, and both sides as they were', () => {
  expect(rowOf(heading, [1.3, 1.1, 1.204], { ours: [13, 11, 12.04], bare: [10, 10, 10] })).toEqual({
    case: 'hit',
    metric: 'times bare',
    value: 1.2,
    unit: 'ratio',
    goal: '<= 1.2',
    met: true,
    spread: { lowest: 1.1, highest: 1.3 },
    raw: { ours: [13, 11, 12.04], bare: [10, 10, 10] },
  });
});

test('a goal is judged by the figure that is printed', () => {
  expect(rowOf(heading, [1.21], {}).met).toBe(false);
  expect(rowOf({ ...heading, atMost: null }, [9], {})).toMatchObject({ goal: null, met: null });
});

test('every row is a line of the table, and says whether its goal is met', () => {
  const rows = [rowOf(heading, [1.1], {}), rowOf(heading, [1.5], {})];
  expect(tableOf(rows).map((line) => line.at(-1))).toEqual(['', 'met', 'MISSED']);
});
