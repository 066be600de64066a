import { expect, test } from 'vitest';
import { createFormats } from './formats.ts';

const minute = 60_000;
const hour = 60 * minute;

test.each([
  [0, 'now', 'now'],
  [2 * minute - 1, 'now', 'now'],
  [2 * minute, '2 minutes ago', 'vor 2 Minuten'],
  [hour - 1, '59 minutes ago', 'vor 59 Minuten'],
  [hour, '1 hour ago', 'vor 1 Stunde'],
  [24 * hour - 1, '23 hours ago', 'vor 23 Stunden'],
  [24 * hour, '1 day ago', 'vor 1 Tag'],
  [400 * 24 * hour, '400 days ago', 'vor 400 Tagen'],
])('%i milliseconds are "%s" and "%s"', (milliseconds, english, german) => {
  expect(createFormats('en-GB').ago(milliseconds, 'now')).toBe(english);
  expect(createFormats('de').ago(milliseconds, 'now')).toBe(german);
});

test('instants, lists and numbers are written as the language writes them', () => {
  const [english, german] = [createFormats('en-GB'), createFormats('de')];
  const instant = Date.UTC(2030, 0, 2, 15, 4);
  expect(english.instant(instant)).toBe('2 Jan 2030, 15:04 UTC');
  expect(german.instant(instant)).toBe('02.01.2030, 15:04 UTC');
  expect(english.list(['a', 'b', 'c'])).toBe('a, b and c');
  expect(german.list(['a', 'b', 'c'])).toBe('a, b und c');
  expect(german.number(12_345)).toBe('12.345');
  expect(english.plural(0, 'thing', 'things')).toBe('things');
  expect(german.plural(1, 'Sache', 'Sachen')).toBe('Sache');
});
