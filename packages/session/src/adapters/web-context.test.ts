import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fuzzRuns } from '../../test/fuzz-runs.ts';
import { pathnameOf } from './web-context.ts';

const rows = [
  'http://shop.example',
  'http://shop.example/',
  'http://shop.example?a=/b',
  'http://shop.example#/b',
  'https://shop.example:8443/sign-in?return_to=/x',
  'https://shop.example/a/../sign-in',
  'https://shop.example/a/%2e%2e/sign-in',
  'https://shop.example/./sign-in',
  'https://shop.example/.well-known/x',
  'https://shop.example/a\\..\\sign-in',
  'https://shop.example/sig\tn-in',
  'https://shop.example/sign-in#?',
  'https://shop.example//sign-in',
  'https://ada:secret@shop.example/sign-in',
  'https://[::1]/sign-in',
  'https://shop.example/caf\u00e9',
];

test.each(rows)('the path of %j is that of URL', (url) => {
  expect(pathnameOf(url)).toBe(new URL(url).pathname);
});

test('whatever follows the host, the path is that of URL', () => {
  const piece = fc.constantFrom(
    ...'/.?#%2e\\\t aB~_-:@é'.split(''),
    'sign-in',
    '..',
    '/_latchkey/',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const url = `https://shop.example/${pieces.join('')}`;
      expect(pathnameOf(url)).toBe(new URL(url).pathname);
    }),
    { numRuns: fuzzRuns },
  );
});
