import { expect, test } from 'vitest';
import { isPrefetch } from './prefetch.ts';

test.each([
  ['sec-purpose', 'prefetch'],
  ['sec-purpose', 'prefetch;prerender'],
  ['sec-purpose', 'prefetch;anonymous-client-ip'],
  ['purpose', 'prefetch'],
  ['x-moz', 'prefetch'],
  ['x-purpose', 'preview'],
])('%s: %s is fetched ahead', (name, value) => {
  expect(isPrefetch(new Headers({ [name]: value }))).toBe(true);
});

test.each([
  ['sec-purpose', ''],
  ['purpose', 'navigate'],
  ['sec-fetch-mode', 'navigate'],
])('%s: %s is not', (name, value) => {
  expect(isPrefetch(new Headers({ [name]: value }))).toBe(false);
});
