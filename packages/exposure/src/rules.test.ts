import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isRuleId, rules } from './rules.ts';

const page = readFileSync(new URL('../../../docs/exposure.md', import.meta.url), 'utf8');

test.each(Object.keys(rules))('the documentation has the rule %s', (id) => {
  expect(page).toContain(`\`${id}\``);
});

test('what is no rule is none, names of Object included', () => {
  expect(['third-party', 'toString', 'constructor', ''].map(isRuleId)).toEqual([
    ...[true, false, false, false],
  ]);
});
