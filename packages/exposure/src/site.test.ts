import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { canonicalHost, icannSiteOf, isPublicSuffix, publicSuffixVersion, siteOf } from './site.ts';

// From the Public Suffix List, tests/tests.txt, in the public domain as its first lines say.
const fixture = fileURLToPath(new URL('../test/fixtures/public-suffix-tests.txt', import.meta.url));
const vectors = readFileSync(fixture, 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('//'))
  .map((line): [string, string] => {
    const [input = '', expected = ''] = line.split(' ');
    return [input, expected];
  });

test('the file of the Public Suffix List has its vectors', () => {
  expect(vectors.length).toBeGreaterThan(70);
});

test.each(vectors)('the registrable domain of %s is %s', (input, expected) => {
  const site = input === 'null' ? null : siteOf(input);
  expect(site).toBe(expected === 'null' ? null : canonicalHost(expected));
});

test.each([
  ['kittens.github.io', 'kittens.github.io', 'github.io'],
  ['x.kittens.herokuapp.com', 'kittens.herokuapp.com', 'herokuapp.com'],
  ['bucket.s3.amazonaws.com', 'bucket.s3.amazonaws.com', 'amazonaws.com'],
  ['shop.example.com', 'example.com', 'example.com'],
])('%s is of the site %s, and of %s by the first section', (host, site, icann) => {
  expect([siteOf(host), icannSiteOf(host)]).toEqual([site, icann]);
});

test('both sections and every unlisted end are suffixes', () => {
  expect(['com', 'co.uk', 'github.io', 'test', 'unlisted'].map(isPublicSuffix)).toEqual(
    Array(5).fill(true),
  );
  expect(['example.com', 'kittens.github.io'].map(isPublicSuffix)).toEqual([false, false]);
});

test('an address has no site', () => {
  expect(['192.0.2.1', '[2001:db8::1]', '2001:db8::1'].map(siteOf)).toEqual([null, null, null]);
});

test('the version of the list is that of tldts', () => {
  expect(publicSuffixVersion()).toMatch(/^\d+\.\d+\.\d+$/);
});
