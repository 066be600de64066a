import fc from 'fast-check';
import { expect, test } from 'vitest';
import { acceptedLanguages } from './accepted-languages.ts';

test.each([
  [null, []],
  ['', []],
  ['de', ['de']],
  ['de-AT, de;q=0.9, en;q=0.8', ['de-AT', 'de', 'en']],
  ['en;q=0.5,de;q=0.7', ['de', 'en']],
  ['fr ; q=0.5 , *;q=0.1', ['fr', '*']],
  ['en;q=0, de', ['de']],
  ['en;q=1.000, de;q=0.999', ['en', 'de']],
  ['en;q=1.5, de', ['de']],
  ['en;level=1, de', ['de']],
  ['../../etc/passwd, de', ['de']],
  ['e\u0000n, d\u00e9', []],
])('the header %j asks for %j', (header, ranges) => {
  expect(acceptedLanguages(header)).toEqual(ranges);
});

const range = fc.stringMatching(/^[a-z]{2,8}(-[A-Za-z0-9]{2,8})?$/);

test('of any well-formed header, each range is given by its weight', () => {
  const weighted = fc.tuple(range, fc.integer({ min: 0, max: 1000 }));
  fc.assert(
    fc.property(fc.array(weighted, { maxLength: 20 }), (wanted) => {
      const header = wanted.map(([one, weight]) => `${one};q=${(weight / 1000).toFixed(3)}`);
      const expected = wanted
        .filter(([, weight]) => weight > 0)
        .sort(([, a], [, b]) => b - a)
        .map(([one]) => one);
      expect(acceptedLanguages(header.join(', '))).toEqual(expected);
    }),
  );
});

test('no header, whatever is in it, throws or gives more than 30 ranges of more than 80 characters', () => {
  // Faster than a string of as many characters, and halves of characters are among them.
  const units = fc.uint16Array({ maxLength: 1_100 });
  const headers = units.map((codes) => String.fromCharCode(...codes));
  fc.assert(
    fc.property(headers, (header) => {
      const ranges = acceptedLanguages(header);
      expect(ranges.length).toBeLessThanOrEqual(30);
      for (const one of ranges) expect(one).toMatch(/^[*A-Za-z0-9-]{1,80}$/);
    }),
  );
  expect(acceptedLanguages('en,'.repeat(100_000))).toHaveLength(30);
});
