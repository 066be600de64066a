import { expect, test } from 'vitest';
import { relativeTime } from './relative-time.ts';

const minute = 60_000;
const hour = 60 * minute;

test.each([
  [0, 'a moment ago'],
  [2 * minute - 1, 'a moment ago'],
  [2 * minute, '2 minutes ago'],
  [hour - 1, '59 minutes ago'],
  [hour, '1 hour ago'],
  [24 * hour - 1, '23 hours ago'],
  [24 * hour, '1 day ago'],
  [400 * 24 * hour, '400 days ago'],
])('%i milliseconds are %s', (milliseconds, words) => {
  expect(relativeTime(milliseconds)).toBe(words);
});
