import { hostileDestinations, oddDestinations } from '@latchkey/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzzRuns } from '../../test/fuzz-runs.ts';
import { parseReturnPath, requestedPage } from './destination.ts';

const origins = ['https://toys.example', 'http://toys.puppies.localhost:4003'] as const;

function expectSafe(path: string | null, origin: string): void {
  if (path === null) return;
  expect(path).toMatch(/^\/(?!\/)[!-~]*$/);
  expect(path).not.toContain('\\');
  expect(path.length).toBeLessThanOrEqual(2000);
  for (const location of [path, `${origin}${path}`]) {
    const url = new URL(location, `${origin}/somewhere?x=1`);
    expect(url.origin).toBe(origin);
    expect(url.username + url.password).toBe('');
  }
  expect(parseReturnPath(path, origin)).toBe(path);
}

describe.each(origins)('parseReturnPath for %s', (origin) => {
  test.each([
    ['/', '/'],
    ['/cart', '/cart'],
    ['/cart?item=1&item=2', '/cart?item=1&item=2'],
    ['/cart#top', '/cart'],
    ['/a/../b', '/b'],
    ['/caf%C3%A9?q=%20', '/caf%C3%A9?q=%20'],
    [origin, '/'],
    [`${origin}/`, '/'],
    [`${origin}/cart?item=1#top`, '/cart?item=1'],
    [`/${'a'.repeat(1999)}`, `/${'a'.repeat(1999)}`],
  ])('%s leads to %s', (value, path) => {
    expect(parseReturnPath(value, origin)).toBe(path);
    expectSafe(path, origin);
  });

  test.each(hostileDestinations(origin))('$what is refused: $value', ({ value }) => {
    expect(parseReturnPath(value, origin)).toBe(null);
  });

  test.each(oddDestinations)('$what stays on the origin: $value', ({ value }) => {
    expectSafe(parseReturnPath(value, origin), origin);
  });

  test('whatever comes, the result stays on the origin and is stable', () => {
    const awkward = fc.constantFrom(
      ...['/', '//', '\\', '.', '..', '%2e', '%2f', '@', ':', '?', '#', '\t', '\n', ' ', '"', '{'],
      ...['evil.example', origin, `${origin}/`, 'https:', 'javascript:', '[', ']', '|', '^', 'ü'],
    );
    const value = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.array(awkward, { maxLength: 8 }).map((parts) => parts.join('')),
      fc.array(awkward, { maxLength: 8 }).map((parts) => `/${parts.join('')}`),
      fc.webUrl({ withFragments: true, withQueryParameters: true }),
    );
    fc.assert(
      fc.property(value, (text) => expectSafe(parseReturnPath(text, origin), origin)),
      { numRuns: fuzzRuns },
    );
  });
});

describe('the page of a request line', () => {
  const [origin] = origins;

  test.each([
    ['/search?q=a\\b', '/search?q=a%5Cb'],
    ['/search?q=a\\b&r=%5C', '/search?q=a%5Cb&r=%5C'],
    ['/cart?item=1', '/cart?item=1'],
    ['/cart', '/cart'],
    ['/cart\\x', '/'],
    ['//evil.example?q=\\', '/'],
    [`/${'x'.repeat(3000)}`, '/'],
  ])('%s comes back as %s', (line, page) => {
    expect(requestedPage(line, origin)).toBe(page);
  });

  test('is one that can be carried, whatever a client sends', () => {
    const lines = fc.oneof(
      fc.constantFrom(...hostileDestinations(origin).map(({ value }) => value)),
      fc.string({ unit: 'binary', maxLength: 200 }).map((text) => `/a?${text}`),
    );
    fc.assert(
      fc.property(lines, (line) => expectSafe(requestedPage(line, origin), origin)),
      { numRuns: fuzzRuns },
    );
  });
});
