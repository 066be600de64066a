import { expect, test } from 'vitest';
import { compareCodes, documentedCodes } from './check-errors.ts';

test('rows of tables are read, other uses of a code are not', () => {
  const markdown =
    '# Errors\n\nSee `in_text`.\n\n| code | meaning |\n| --- | --- |\n| `a_code` | x |\n|`b`| y |\n';
  expect(documentedCodes(markdown)).toEqual(['a_code', 'b']);
});

test('a code without a row, a row without a code and a second row are all named', () => {
  const inSource = new Map([
    ['known', 'packages/x/src/errors.ts'],
    ['forgotten', 'packages/x/src/errors.ts'],
  ]);
  expect(compareCodes(inSource, ['known', 'gone', 'known'])).toEqual([
    'forgotten (packages/x/src/errors.ts) has no row in docs/errors.md',
    'gone in docs/errors.md is no code of any package',
    'known has two rows',
  ]);
});
