import { expect, test } from 'vitest';
import { tableOfBoth } from './both-runs.ts';
import type { Results } from './results.ts';
import { type Heading, rowOf } from './rows.ts';

const heading: Heading = { case: 'hit', metric: 'times bare', unit: 'ratio', atMost: 1.2 };

function run(values: Readonly<Record<string, number>>): Results {
  const rows = Object.entries(values).map(([name, value]) =>
    rowOf({ ...heading, case: name }, [value], {}),
  );
  return { machine: 'one', versions: {}, rows };
}

test('a goal holds where it holds in both runs', () => {
  const [, ...lines] = tableOfBoth(
    run({ good: 1.1, bad: 1.3, mixed: 1.3 }),
    run({ good: 1.2, bad: 1.4, mixed: 1 }),
  );
  expect(lines.map((line) => [line[0], line.at(-1)])).toEqual([
    ['good', 'met'],
    ['bad', 'MISSED'],
    ['mixed', 'on one'],
  ]);
});

test('what only one of the runs measured says nothing', () => {
  expect(tableOfBoth(run({ old: 1 }), run({ other: 1 }))).toHaveLength(1);
});
