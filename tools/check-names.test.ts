import { expect, test } from 'vitest';
import { checkNames } from './check-names.ts';

const named = (text: string): string[] =>
  checkNames('a.ts', text).map((line) => line.split(' ')[1] ?? '');

test.each([
  'const retryMs = wait();',
  'function f(ms: number) {}',
  'interface A { readonly timeoutMs?: number }',
  'const f = ({ lockMs }: A) => lockMs;',
])('milliseconds are not abbreviated: %s', (text) => {
  expect(named(text)).toHaveLength(1);
});

test.each([
  'const firstDelay = 500;',
  'const sweepInterval = 5 * minute;',
  'function f(age: number) {}',
  'function f(timeout = 1000) {}',
  'interface A { readonly lifetime: number | null }',
  'class A { pause = 20 }',
])('a number that is a duration by its name says its unit: %s', (text) => {
  expect(named(text)).toHaveLength(1);
});

test.each([
  'const firstDelayMilliseconds = 500; const ageSeconds = 5;',
  'const page = 1; const message = 2; const storage: number = 3;',
  'const timeout = setTimeout(end, 10);',
  'run({ timeout: 1000, delay: 5 });',
  'interface Cookie { maxAge: number }',
  "const terms = 'ms'; const items = 2;",
])('what is no duration, says its unit or belongs to others is well: %s', (text) => {
  expect(named(text)).toEqual([]);
});

test('says the line and the name', () => {
  expect(checkNames('a/b.ts', '\nconst delay = 5;')).toEqual([
    'a/b.ts:2 delay: a duration says its unit: …Milliseconds or …Seconds',
  ]);
});
